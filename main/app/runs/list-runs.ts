import { readStoredRecipe } from '../../loop/recipe/stored-recipe.ts'
import { isEndedEarly, isTraining } from '../../loop/stages/early-end.ts'
import type { RunListing } from '../../shared/contract/runs-contract.ts'
import { toErrorValue } from '../../shared/errors.ts'
import { storedReport } from '../../shared/run-events.ts'
import type { OverviewEvaluation } from '../../store/queries/overview-queries.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { summaryOf } from './show-run.ts'

/** All runs, newest first, from a fixed number of queries. */
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
    training: run.status !== 'finished' && isTraining(store, run.id),
    rewards: (reports.get(run.id) ?? []).map(({ summary }) => storedReport(summary)?.meanReward ?? null),
    win_rate: newestRate(rates.get(run.id) ?? []),
    waiting_pairs: run.status === 'waiting-for-review' ? store.overviews.unreviewed(run.id, run.iteration) : 0,
  }))
}

/** Recipe values for the list. An unreadable recipe affects only its own run, which shows the error. */
function numbersOf(run: RunRow): Pick<RunListing, 'base_model' | 'iterations' | 'review_wait' | 'error'> {
  const { recipe, problem } = readStoredRecipe(run)
  if (recipe === null) return { base_model: '', iterations: 0, review_wait: false, error: toErrorValue(problem) }
  return { base_model: recipe.base_model, iterations: recipe.iterations, review_wait: recipe.review.wait, error: run.error }
}

/** The newest model's win rate. If there are several, the first, which is against its predecessor. */
function newestRate(evaluations: readonly OverviewEvaluation[]): RunListing['win_rate'] {
  const newest = evaluations.at(-1)?.model
  const first = evaluations.find(({ model }) => model === newest)
  if (first === undefined) return null
  const { model, against, result } = first
  return { model, against, n: result.n ?? 0, win_rate: result.win_rate ?? null, low: result.low ?? null, high: result.high ?? null }
}
