import type { RewardBin } from '../../shared/contract/charts-contract.ts'
import { averagingMethods } from '../../shared/recipe.ts'
import type { RewardedRow } from '../../store/queries/reward-queries.ts'

/** The reward axis is always 0 to 5. */
const highest = 5

/** Number of bins for a judge with continuous rewards. */
const continuousBins = 20

/**
 * Largest sample count for which each possible mean of integer scores gets its own bin; beyond it, bins would be too narrow to tell apart.
 */
const mostPerPoint = 4

/**
 * Bin edges for a run's rewards. Where a reward is the mean of k integer scores, bins of width 1/k are centered on the possible values, so
 * that no bin is empty by construction; otherwise 20 equal bins.
 */
export function rewardEdges(judge: { readonly method: string; readonly samples: number }): number[] {
  if (!averagingMethods.includes(judge.method) || judge.samples > mostPerPoint) {
    return Array.from({ length: continuousBins + 1 }, (_, i) => (highest * i) / continuousBins)
  }
  const values = highest * judge.samples + 1
  return [0, ...Array.from({ length: values - 1 }, (_, i) => (i + 0.5) / judge.samples), highest]
}

/** Counts rewards by bin. Rewards beyond the axis (a judge with more than five criteria) count in the last bin. */
export function binRewards(rows: readonly RewardedRow[], edges: readonly number[]): RewardBin[] {
  const bins = edges.slice(1).map((to, i) => ({ from: edges[i], to, candidates: 0, chosen: 0, rejected: 0 }))
  for (const { reward, role } of rows) {
    if (reward === null) continue
    const bin = bins[binOf(reward, edges)]
    bin.candidates++
    if (role !== null) bin[role]++
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
