import { type RewardMetrics, rewardMetrics } from './reward-metrics.ts'

/** The answers to one prompt with their human ranks (smaller is better). */
export interface RankedTexts {
  readonly ranks: readonly number[]
  readonly texts: readonly string[]
}

/** Characters of a text as people count them (code points, not UTF-16 units). */
export function characters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/**
 * The measures of a judge that knows nothing but length: the longer answer is the better one. Human rankings favour long
 * answers, so a real judge means something only beside this row. `fiveBest` is null: a length is no five.
 */
export function lengthBaseline(groups: readonly RankedTexts[]): RewardMetrics {
  const metrics = rewardMetrics(groups.map(({ ranks, texts }) => ({ ranks, scores: texts.map(characters) })))
  return { ...metrics, fiveBest: null, scoredFive: 0 }
}
