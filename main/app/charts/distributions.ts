import { meanOrNull } from '../../common/mean.ts'
import { tieShareOf } from '../../loop/preferences/pair-rules.ts'
import { storedRecipe } from '../../loop/recipe/stored-recipe.ts'
import type { Distribution } from '../../shared/contract/charts-contract.ts'
import type { RewardedRow } from '../../store/queries/reward-queries.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { binRewards, rewardEdges } from './bins.ts'
import type { ReviewedOf } from './reviewed.ts'

type Rewards = Omit<Distribution, 'reviewed' | 'changed'>

/** Cache size in finished iterations, whose distributions no longer change. */
const mostRemembered = 200

/** Reward distributions of a run's iterations. */
export function distributionsOf(store: Store, reviewed: ReviewedOf) {
  const remembered = new Map<string, Rewards>()

  function rewardsOf(run: RunRow, iteration: number): Rewards {
    const key = `${run.id} ${iteration}`
    const known = remembered.get(key)
    if (known !== undefined) return known
    const isComplete = store.stages.find(run.id, iteration, 'pairs')?.finishedAt != null
    const rewards = summarise(store.rewards.ofIteration(run.id, iteration), rewardEdges(storedRecipe(run).judge))
    const result = { iteration, model: `M${iteration}`, isComplete, ...rewards }
    if (isComplete) {
      remembered.set(key, result)
      if (remembered.size > mostRemembered) remembered.delete(remembered.keys().next().value!)
    }
    return result
  }

  return (run: RunRow): Distribution[] =>
    Array.from({ length: run.iteration }, (_, i) => i + 1)
      .map((iteration) => ({ ...rewardsOf(run, iteration), ...reviewed(run.id, iteration) }))
      .filter(({ n, unrewarded }) => n.candidates + unrewarded > 0)
}

/** Summarizes the rewards of one iteration. */
export function summarise(rows: readonly RewardedRow[], edges: readonly number[]): Omit<Rewards, 'iteration' | 'model' | 'isComplete'> {
  const rewarded = rows.filter(({ reward }) => reward !== null)
  const chosen = rewarded.filter(({ role }) => role === 'chosen')
  const rejected = rewarded.filter(({ role }) => role === 'rejected')
  const judgements = rows.reduce((sum, row) => sum + row.judgements, 0)
  return {
    bins: binRewards(rewarded, edges),
    n: { candidates: rewarded.length, chosen: chosen.length, rejected: rejected.length },
    mean: { candidates: meanOf(rewarded), chosen: meanOf(chosen), rejected: meanOf(rejected) },
    unrewarded: rows.length - rewarded.length,
    tieShare: tieShareOf([...Map.groupBy(rewarded, ({ promptId }) => promptId).values()].map(rewardsIn)),
    judgements,
    parseFailures: judgements - rows.reduce((sum, row) => sum + row.readable, 0),
    pairs: chosen.length,
  }
}

const rewardsIn = (rows: readonly RewardedRow[]): number[] => rows.flatMap(({ reward }) => (reward === null ? [] : [reward]))

const meanOf = (rows: readonly RewardedRow[]): number | null => meanOrNull(rewardsIn(rows))
