import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import type { VoterStandings } from '../../../main/shared/contract/evaluations-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { client, orpc } from '../../api/client.ts'
import { toCsv } from '../../components/charts/chart-table.ts'
import { download } from '../../components/charts/download.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorCard } from '../../components/error-card.tsx'
import { count } from '../../components/format.ts'
import { ModelLabel } from '../../components/model-badge.tsx'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import { votesTable } from './answers-table.ts'
import styles from './evaluate.module.css'
import { standingsActions } from './evaluate-actions.ts'
import { EvaluationsLink } from './evaluations-link.tsx'
import { comparableVoters, strengthText } from './standing-words.ts'
import { Standings } from './standings.tsx'

/** More than two models: their strengths by users, blind or not, and by each judge. */
export function StandingsView() {
  const standings = useQuery(orpc.evaluate.standings.queryOptions({ staleTime: 0 }))
  const saving = useMutation({ mutationFn: saveVotes })
  const hasVotes = standings.data?.some(({ kind }) => kind !== 'judge') === true
  const actions = useScreenActions(standingsActions, { votes: hasVotes ? { perform: () => saving.mutate() } : null })
  return (
    <QueryView query={standings}>
      {(voters) =>
        voters.length === 0 ? (
          <EmptyState title="No comparisons yet">
            Vote in the arena, or have a judge compare models under <EvaluationsLink />. Who compared what stays apart: users who voted
            blind, users who saw the models, and each judge.
          </EmptyState>
        ) : (
          <>
            {hasVotes && (
              <div className={styles.bar}>
                <Button {...actionProps(actions.votes)} loading={saving.isPending} />
              </div>
            )}
            {saving.error && <ErrorCard error={saving.error} onRetry={() => saving.mutate()} />}
            <ByVoter voters={comparableVoters(voters)} />
            {voters.map((voter) => (
              <Panel key={voter.key} title={voter.name} corner={<span className={styles.cornerNote}>{comparisonsText(voter)}</span>} flush>
                <Standings models={voter.models} reasons={voter.reasons} label={`Standings by ${voter.name}`} />
              </Panel>
            ))}
          </>
        )
      }
    </QueryView>
  )
}

async function saveVotes(): Promise<void> {
  const table = votesTable(await client.evaluate.arena.votes())
  download('votes.csv', new Blob([toCsv(table)], { type: 'text/csv;charset=utf-8' }))
}

function comparisonsText({ kind, comparisons, unreadable }: VoterStandings): string {
  if (kind !== 'judge') return comparisons === 1 ? '1 vote' : `${count(comparisons)} votes`
  return `${count(comparisons)} comparisons, ${count(unreadable)} unreadable`
}

/** Each model's strength by voters that have compared the same models. */
function ByVoter({ voters }: { readonly voters: readonly VoterStandings[] }) {
  if (voters.length === 0) return null
  const labels = new Map(voters.flatMap(({ models }) => models.map(({ model, label }) => [model, label] as const)))
  return (
    <Panel title="Strengths side by side" flush>
      <ScrollArea className={styles.scroller} label="Strengths by voter">
        <table className={styles.table} aria-label="Strengths by voter">
          <thead>
            <tr>
              <th scope="col">Model</th>
              {voters.map(({ key, name }) => (
                <th key={key} scope="col" data-form="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...labels].map(([model, label]) => (
              <tr key={model}>
                <th scope="row">
                  <ModelLabel label={label} />
                </th>
                {voters.map((voter) => (
                  <Strength key={voter.key} voter={voter} model={model} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </Panel>
  )
}

function Strength({ voter: { models }, model }: { readonly voter: VoterStandings; readonly model: string }) {
  const standing = models.find((one) => one.model === model)
  if (standing === undefined) return <td data-form="number">–</td>
  const { points, interval } = strengthText(standing.strength)
  return (
    <td data-form="number">
      {standing.strength === null ? 'separated' : points} <span className={styles.quiet}>{interval}</span>
    </td>
  )
}
