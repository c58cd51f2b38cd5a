import { useQuery } from '@tanstack/react-query'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { orpc } from '../../api/client.ts'
import { Hint } from '../../components/hint.tsx'
import { Panel } from '../../components/page.tsx'
import { Term } from '../../components/term.tsx'
import { signsOf } from './watch.ts'
import { guardSigns } from './watch-guards.ts'
import styles from './watch-panel.module.css'

/** Known failure signs of self-rewarding training, and the run's warnings. */
export function WatchPanel({ run }: { readonly run: RunDetails }) {
  const progress = useQuery(orpc.charts.progress.queryOptions({ input: { runId: run.id } }))
  const review = useQuery(orpc.review.overview.queryOptions({ input: { runId: run.id }, refetchOnMount: 'always' }))
  const signs = progress.data === undefined ? [] : [...signsOf(progress.data, review.data?.agreement), ...guardSigns(run)]
  if (signs.length === 0 && run.warnings.length === 0)
    return (
      <Panel>
        <Hint title="Watch">
          Checked after each iteration: few pairs, unreadable judgements, growing responses, rewards that no longer distinguish or that rise
          while a program’s measure falls, a judge no better than length alone.
        </Hint>
      </Panel>
    )
  return (
    <Panel>
      <div className={styles.title}>Watch</div>
      <table className={styles.signs}>
        <tbody>
          {signs.map(({ id, name, value, remark, isFine, means }) => (
            <tr key={id} data-fine={isFine || undefined}>
              <th scope="row">
                <Term means={means}>{name}</Term>
              </th>
              <td className={styles.value}>{value}</td>
              <td className={styles.remark}>{isFine ? remark : `check: ${remark}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {run.warnings.length > 0 && (
        <ul className={styles.warnings} aria-label="Warnings">
          {run.warnings.map(({ iteration, stage, code, text }) => (
            <li key={`${iteration} ${stage} ${code} ${text}`}>
              {text} <span className="dim">iteration {iteration}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
