import type { RewardedRow } from '../../store/rewards.ts'
import type { RewardBin } from '../contract/charts.ts'

/** The reward axis is always 0 to 5. */
const highest = 5

/** How many bins a judge gets whose rewards are any number. */
const continuousBins = 20

/** A judge of whole scores needs a bin for each mean that its samples can have, while those are few enough to tell apart. */
const mostPerPoint = 4

/**
 * The bins of a run's rewards, as their edges. Where a reward is the mean of k whole scores, bins of 1/k lie around the values it can have,
 * so that no bin is empty by construction; else 20 equal ones.
 */
export function rewardEdges(judge: { readonly method: string; readonly samples: number }): number[] {
  if (judge.method !== 'additive' || judge.samples > mostPerPoint) {
    return Array.from({ length: continuousBins + 1 }, (_, i) => (highest * i) / continuousBins)
  }
  const values = highest * judge.samples + 1
  return [0, ...Array.from({ length: values - 1 }, (_, i) => (i + 0.5) / judge.samples), highest]
}

/** Counts rewards by bin. What lies beyond the axis (a judge of more than five ticks) counts in the last bin. */
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

/** The bin of a reward: the last edge that is not above it begins it. */
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
