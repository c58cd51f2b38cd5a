import { meanOrNull } from '../../common/numbers.ts'
import { tieShareOf } from '../../loop/preferences/pair-rules.ts'
import { storedRecipe } from '../../loop/recipe/stored-recipe.ts'
import type { Distribution, RewardBin } from '../../shared/contract/charts-contract.ts'
import { isJudged } from '../../shared/method-stages.ts'
import { averagingMethods, type JudgeRecipe } from '../../shared/recipe.ts'
import { storedReport } from '../../shared/run-events.ts'
import type { RewardedRow } from '../../store/queries/reward-queries.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { reviewCounts } from '../review/review-queue.ts'
import { rewardSpanOf } from './reward-axis.ts'

/** Number of bins for a judge with continuous rewards. */
const continuousBins = 20

/**
 * Largest sample count for which each possible mean of integer scores gets its own bin; beyond it, bins would be too narrow to tell apart.
 */
const mostPerPoint = 4

/**
 * Bin edges for a run's rewards. Where a reward is the mean of k integer scores, bins of width 1/k are centered on the possible values, so
 * that no bin is empty by construction; otherwise 20 equal bins. All iterations share them.
 */
export function rewardEdges(
  judge: Pick<JudgeRecipe, 'method' | 'samples'>,
  [lowest, highest]: readonly [low: number, high: number],
): number[] {
  const width = highest - lowest || 1 // one reward so far, or equal ones
  if (!averagingMethods.includes(judge.method) || judge.samples > mostPerPoint) {
    return Array.from({ length: continuousBins + 1 }, (_, i) => lowest + (width * i) / continuousBins)
  }
  const values = highest * judge.samples + 1
  return [0, ...Array.from({ length: values - 1 }, (_, i) => (i + 0.5) / judge.samples), highest]
}

/**
 * Counts rewards by bin. A candidate counts as chosen or rejected once for each of its pairs; M0's answers count in these roles only.
 */
export function binRewards(rows: readonly RewardedRow[], edges: readonly number[]): RewardBin[] {
  const bins = edges.slice(1).map((to, i) => ({ from: edges[i], to, candidates: 0, chosen: 0, rejected: 0 }))
  for (const { reward, chosen, rejected, isAnchor } of rows) {
    if (reward === null) continue
    const bin = bins[binOf(reward, edges)]
    if (!isAnchor) bin.candidates++
    bin.chosen += chosen
    bin.rejected += rejected
  }
  return bins
}

/** The bin of a reward: the last one whose lower edge isn't above it. */
function binOf(reward: number, edges: readonly number[]): number {
  let low = 0
  let high = edges.length - 2
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (edges[middle] <= reward) low = middle
    else high = middle - 1
  }
  return low
}

/** Number of reviewed pairs in an iteration, and of those that train differently from the judge's choice. */
export interface Reviewed {
  readonly reviewed: number
  readonly changed: number
}

const none: Reviewed = { reviewed: 0, changed: 0 }

/** Review counts by iteration. Recounted only after a new review, since a page that shows a run polls every second. */
export function reviewedOf(store: Store) {
  const known = new Map<string, { readonly mark: string; readonly byIteration: ReadonlyMap<number, Reviewed> }>()
  return (runId: string, iteration: number): Reviewed => {
    const mark = JSON.stringify(store.reviewQueue.marks())
    const found = known.get(runId)
    if (found?.mark === mark) return found.byIteration.get(iteration) ?? none
    const rows = Map.groupBy(store.reviewQueue.ofRun(runId), (row) => row.iteration)
    const byIteration = new Map(
      [...rows].map(([at, ofIteration]) => {
        const { reviewed, overridden } = reviewCounts(ofIteration)
        return [at, { reviewed, changed: overridden }]
      }),
    )
    known.set(runId, { mark, byIteration })
    return byIteration.get(iteration) ?? none
  }
}
export type ReviewedOf = ReturnType<typeof reviewedOf>

type Rewards = Omit<Distribution, 'reviewed' | 'changed'>

/** Cache size in finished iterations, whose distributions no longer change. */
const mostRemembered = 200

/** Reward distributions of a run's iterations. */
export function distributionsOf(store: Store, reviewed: ReviewedOf) {
  const remembered = new Map<string, Rewards>()

  function rewardsOf(run: RunRow, iteration: number, edges: readonly number[]): Rewards {
    const key = `${run.id} ${iteration} ${edges[0]} ${edges.at(-1)}`
    const known = remembered.get(key)
    if (known !== undefined) return known
    const stage = store.stages.find(run.id, iteration, 'pairs')
    const isComplete = stage?.finishedAt != null
    const flipRate = storedReport(stage?.summary)?.flipRate ?? null
    const rewards = summarise(store.rewards.ofIteration(run.id, iteration), edges)
    const result = { iteration, model: `M${iteration}`, isComplete, flipRate, ...rewards }
    if (isComplete) {
      remembered.set(key, result)
      if (remembered.size > mostRemembered) remembered.delete(remembered.keys().next().value!)
    }
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

/** Summarizes the rewards of one iteration. M0's answers, with which the model's own are compared, aren't candidates of the model. */
export function summarise(
  rows: readonly RewardedRow[],
  edges: readonly number[],
): Omit<Rewards, 'iteration' | 'model' | 'isComplete' | 'flipRate'> {
  const rewarded = rows.filter(({ reward }) => reward !== null)
  const own = rewarded.filter(({ isAnchor }) => !isAnchor)
  const chosen = rewarded.flatMap((row) => new Array<RewardedRow>(row.chosen).fill(row))
  const rejected = rewarded.flatMap((row) => new Array<RewardedRow>(row.rejected).fill(row))
  const judgements = rows.reduce((sum, row) => sum + row.judgements, 0)
  return {
    bins: binRewards(rewarded, edges),
    n: { candidates: own.length, chosen: chosen.length, rejected: rejected.length },
    mean: { candidates: meanOf(own), chosen: meanOf(chosen), rejected: meanOf(rejected) },
    unrewarded: rows.length - rewarded.length,
    tieShare: tieShareOf([...Map.groupBy(own, ({ promptId }) => promptId).values()].map(rewardsIn)),
    judgements,
    parseFailures: judgements - rows.reduce((sum, row) => sum + row.readable, 0),
    pairs: chosen.length,
  }
}

const rewardsIn = (rows: readonly RewardedRow[]): number[] => rows.flatMap(({ reward }) => (reward === null ? [] : [reward]))

const meanOf = (rows: readonly RewardedRow[]): number | null => meanOrNull(rewardsIn(rows))
