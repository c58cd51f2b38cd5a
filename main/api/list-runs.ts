import { isEndedEarly, isTraining } from '../loop/early-end.ts'
import { iterationReport } from '../loop/events.ts'
import type { OverviewEvaluation } from '../store/overviews.ts'
import type { RunRow } from '../store/runs.ts'
import type { Store } from '../store/store.ts'
import type { RunListing } from './contract/runs.ts'
import { askedOf, summaryOf } from './show-run.ts'

/** All runs, newest first, from a handful of questions to the store however many there are. */
export function listingsOf(store: Store): RunListing[] {
  const seconds = store.overviews.seconds()
  const reports = Map.groupBy(store.overviews.pairStages(), ({ runId }) => runId)
  const rates = Map.groupBy(store.overviews.headToHeads(), ({ runId }) => runId)
  return store.runs.list().map((run) => ({
    ...summaryOf(store, run),
    ...numbersOf(run),
    finished_at: run.finishedAt,
    seconds: seconds.get(run.id) ?? 0,
    ended_early: isEndedEarly(run),
    asked: askedOf(store, run),
    training: run.status !== 'finished' && isTraining(store, run.id),
    rewards: (reports.get(run.id) ?? []).map(({ summary }) => iterationReport.safeParse(summary).data?.meanReward ?? null),
    win_rate: newestRate(rates.get(run.id) ?? []),
    waiting_pairs: run.status === 'waiting' ? store.overviews.unreviewed(run.id, run.iteration) : 0,
    error: run.error,
  }))
}

/** What the list shows of a recipe, without checking all of it. */
function numbersOf({ recipe }: RunRow): Pick<RunListing, 'base_model' | 'iterations' | 'review_wait'> {
  const { base_model, iterations, review } = recipe as { base_model: string; iterations: number; review: { wait: boolean } }
  return { base_model, iterations, review_wait: review.wait }
}

/** The newest model's win rate; of several, that against the model before it, which is measured first. */
function newestRate(evaluations: readonly OverviewEvaluation[]): RunListing['win_rate'] {
  const newest = evaluations.at(-1)?.model
  const first = evaluations.find(({ model }) => model === newest)
  if (first === undefined) return null
  const { model, against, result } = first
  return { model, against, n: result.n ?? 0, win_rate: result.win_rate ?? null, low: result.low ?? null, high: result.high ?? null }
}
