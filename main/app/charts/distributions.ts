import { runSteps } from '../../common/steps.ts'
import { storedRecipe } from '../../loop/recipe/stored-recipe.ts'
import { type RewardSummary, rewardEdges, rewardSummary, storedSummary } from '../../loop/reward-summary.ts'
import type { Distribution } from '../../shared/contract/charts-contract.ts'
import { isJudged } from '../../shared/method-stages.ts'
import { storedReport } from '../../shared/run-events.ts'
import type { QueueRow } from '../../store/queries/review-queue-queries.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { type ReviewCounts, reviewCounts } from '../review/review-queue.ts'
import { rewardSpanOf } from './reward-axis.ts'

/** Number of reviewed pairs in an iteration, and of those that train differently from the judge's choice. */
export interface Reviewed {
  readonly reviewed: number
  readonly changed: number
}

const none: Reviewed = { reviewed: 0, changed: 0 }

/**
 * Review counts by iteration. Recounted only after a new review, since a page that shows a run polls every second, and of the prompts alone that
 * users have reviewed.
 */
export function reviewedOf(store: Store) {
  const known = new Map<string, { readonly mark: string; readonly byIteration: ReadonlyMap<number, ReviewCounts> }>()
  function* reviewedRows(runId: string): Generator<QueueRow> {
    for (const promptId of store.reviewQueue.reviewed(runId)) yield* store.reviewQueue.ofPrompt(runId, promptId)
  }
  return (runId: string, iteration: number): Reviewed => {
    const mark = JSON.stringify(store.reviewQueue.marks())
    const found = known.get(runId)
    const byIteration = found?.mark === mark ? found.byIteration : reviewCounts(reviewedRows(runId))
    if (found?.mark !== mark) known.set(runId, { mark, byIteration })
    const counts = byIteration.get(iteration)
    return counts === undefined ? none : { reviewed: counts.reviewed, changed: counts.overridden }
  }
}
export type ReviewedOf = ReturnType<typeof reviewedOf>

type Rewards = Omit<Distribution, 'reviewed' | 'changed'> & RewardSummary

/** Cache size in iterations. */
const mostRemembered = 200

/** How much an iteration's judgements must grow before their distribution is computed again: a page that shows a run asks every second. */
const growth = { from: 20_000, by: 1.1 }

/** Reward distributions of a run's iterations. */
export function distributionsOf(store: Store, reviewed: ReviewedOf) {
  const remembered = new Map<string, { readonly rewards: Rewards; readonly judgements: number }>()

  function rewardsOf(run: RunRow, iteration: number, edges: readonly number[]): Rewards {
    const key = `${run.id} ${iteration} ${edges[0]} ${edges.at(-1)}`
    const known = remembered.get(key)
    const stage = store.stages.find(run.id, iteration, 'pairs')
    const isComplete = stage?.finishedAt != null
    const { judgements } = store.counts.judgements(run.id, iteration)
    const isFresh = known?.rewards.isComplete || (judgements > growth.from && judgements < growth.by * (known?.judgements ?? 0))
    if (known !== undefined && known.rewards.isComplete === isComplete && isFresh) return known.rewards
    const flipRate = storedReport(stage?.summary)?.flipRate ?? null
    const stored = isComplete ? storedSummary(stage?.summary, edges) : undefined // recounting millions would take a minute
    const rewards = stored ?? runSteps(rewardSummary({ store, runId: run.id }, iteration, edges))
    const result = { iteration, model: `M${iteration}`, isComplete, flipRate, ...rewards }
    remembered.set(key, { rewards: result, judgements })
    if (remembered.size > mostRemembered) remembered.delete(remembered.keys().next().value!)
    return result
  }

  return (run: RunRow): Distribution[] => {
    const recipe = storedRecipe(run)
    if (!isJudged(recipe)) return []
    const edges = rewardEdges(recipe.judge, rewardSpanOf(store, run))
    return Array.from({ length: run.iteration }, (_, i) => i + 1)
      .map((iteration) => ({ ...rewardsOf(run, iteration, edges), ...reviewed(run.id, iteration) }))
      .filter(({ n, unrewarded }) => n.candidates + unrewarded > 0)
  }
}
