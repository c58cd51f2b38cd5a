import type { EngineUse, RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { type EngineRole, engineRoles, thisMachine } from '../../../main/shared/engine-settings.ts'
import { costText } from '../../../main/shared/engine-use-text.ts'
import { Facts } from '../../components/facts.tsx'
import { bytes, count } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import table from '../../components/table.module.css'

const roleWords: Readonly<Record<EngineRole, string>> = {
  prompts: 'Prompts',
  answers: 'Answers',
  judge: 'Judging',
  train: 'Training',
  evaluate: 'Comparisons',
}

/** Nothing is known of what travels through a cluster's storage. */
const transferred = ({ sent_bytes, received_bytes }: EngineUse): string =>
  sent_bytes + received_bytes === 0 ? '–' : bytes(sent_bytes + received_bytes)

/** The engines besides this machine that a run uses, and what it has asked of them. */
export function EnginesPanel({ run: { recipe, engine_usage } }: { readonly run: RunDetails }) {
  const isElsewhere = engineRoles.some((role) => recipe.engines[role] !== thisMachine)
  if (!isElsewhere && engine_usage.length === 0) return null
  const places = engineRoles.map((role) => ({
    name: roleWords[role],
    value: recipe.engines[role] === thisMachine ? 'this machine' : recipe.engines[role],
  }))
  return (
    <Panel title="Engines">
      <Facts facts={places} />
      {engine_usage.length > 0 && (
        <table className={table.table}>
          <thead>
            <tr>
              <th className={table.grow}>Engine</th>
              <th className={table.number}>Requests</th>
              <th className={table.number}>Sent again</th>
              <th className={table.number}>Tokens read</th>
              <th className={table.number}>Tokens written</th>
              <th className={table.number}>Transferred</th>
              <th className={table.number}>Cost</th>
            </tr>
          </thead>
          <tbody>
            {engine_usage.map((use) => (
              <tr key={`${use.engine} ${use.model}`}>
                <td className={table.grow}>
                  {use.engine} <span className="dim">{use.model}</span>
                </td>
                <td className={table.number}>{count(use.requests)}</td>
                <td className={table.number}>{count(use.retries)}</td>
                <td className={table.number}>{count(use.prompt_tokens)}</td>
                <td className={table.number}>{count(use.new_tokens)}</td>
                <td className={table.number}>{transferred(use)}</td>
                <td className={table.number}>{costText(use) || '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}
