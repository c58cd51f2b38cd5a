import { useQuery } from '@tanstack/react-query'
import type { Figures } from '../../../main/shared/evaluation-settings.ts'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { count, fixed, percent } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import { Whisker } from '../../components/whisker.tsx'
import { type AbilityGroup, abilityGroups, abilityShares } from './ability-groups.ts'
import styles from './evaluate.module.css'
import { EvaluationsLink } from './evaluations-link.tsx'
import { kindNames } from './words.ts'

/** What models can do besides what a judge rewards: a table for each file, to see what a training cost. */
export function AbilitiesView() {
  const evaluations = useQuery(orpc.evaluate.list.queryOptions({ staleTime: 0 }))
  return (
    <QueryView query={evaluations}>
      {(list) => {
        const groups = abilityGroups(list)
        return groups.length === 0 ? (
          <EmptyState title="No abilities measured yet">
            Measure M0 and later models on the same file under <EvaluationsLink />: perplexity, multiple choice, or IFEval. They appear here
            side by side, so that you see what training cost.
          </EmptyState>
        ) : (
          groups.map((group) => (
            <Panel key={group.key} title={`${kindNames[group.kind]}: ${group.file}`} flush>
              <ScrollArea className={styles.scroller} label={`${kindNames[group.kind]}, models by ${group.file}`}>
                {group.kind === 'perplexity' ? (
                  <PerplexityTable results={group.results} />
                ) : (
                  <ShareTable kind={group.kind} results={group.results} />
                )}
              </ScrollArea>
            </Panel>
          ))
        )
      }}
    </QueryView>
  )
}

interface ShareTableProps extends Pick<AbilityGroup, 'results'> {
  readonly kind: keyof typeof abilityShares
}

function ShareTable({ kind, results }: ShareTableProps) {
  const shares = abilityShares[kind]
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Model</th>
          {shares.map(([name]) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
          {kind === 'multiple-choice' && (
            <th scope="col" data-form="number">
              Chance
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {results.map(({ id, model, figures }) => (
          <tr key={id}>
            <th scope="row">{model}</th>
            {shares.map(([name, key, rows]) => (
              <td key={name}>
                <Share figures={figures} name={key} n={figures[rows] ?? null} />
              </td>
            ))}
            {kind === 'multiple-choice' && <td data-form="number">{percent(figures.chance)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Share({ figures, name, n }: { readonly figures: Figures; readonly name: string; readonly n: number | null }) {
  const [value, low, high] = [figures[name], figures[`${name}_low`], figures[`${name}_high`]]
  if (value == null || low == null || high == null) return '–'
  return (
    <>
      <span className={styles.rate}>{percent(value, 1)}</span> <span className={styles.quiet}>n = {count(n)}</span>{' '}
      <Whisker {...{ value, low, high }} chance={figures.chance ?? null} width={96} />
    </>
  )
}

function PerplexityTable({ results }: Pick<AbilityGroup, 'results'>) {
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Model</th>
          {['Per token', 'Per byte', 'Bits per byte', 'Tokens', 'Window', 'Stride'].map((name) => (
            <th key={name} scope="col" data-form="number">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {results.map(({ id, model, figures }) => (
          <tr key={id}>
            <th scope="row">{model}</th>
            <td data-form="number">{fixed(figures.perplexity)}</td>
            <td data-form="number">{fixed(figures.byte_perplexity, 4)}</td>
            <td data-form="number">{fixed(figures.bits_per_byte, 4)}</td>
            <td data-form="number">{count(figures.tokens)}</td>
            <td data-form="number">{count(figures.context)}</td>
            <td data-form="number">{count(figures.stride)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
