import { type RewardMetrics, rewardMetrics } from './reward-metrics.ts'

/** The answers to one prompt with their human ranks (smaller is better). */
export interface RankedTexts {
  readonly ranks: readonly number[]
  readonly texts: readonly string[]
}

/** Length of a text in code points, not UTF-16 units. */
export function characters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/**
 * The metrics of a judge that goes by length alone: longer is better. Human rankings favor long answers, so a real judge's figures only
 * mean something next to these. `fiveBest` is null, since a length isn't a score of five.
 */
export function lengthBaseline(groups: readonly RankedTexts[]): RewardMetrics {
  const metrics = rewardMetrics(groups.map(({ ranks, texts }) => ({ ranks, scores: texts.map(characters) })))
  return { ...metrics, fiveBest: null, scoredFive: 0 }
}
