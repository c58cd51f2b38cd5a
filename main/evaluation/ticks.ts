import { yesProbability } from './yes-probability.ts'

/**
 * The reward of a judgement made requirement by requirement: the probability of the tick for yes rather than no at each position where the
 * judge wrote a tick, summed,
 *
 *     r = sum over ticks of p(yes) / (p(yes) + p(no)),   0 <= r <= number of ticks
 *
 * `ticks` holds [log p(yes), log p(no)] per tick, `count` is the number that a valid judgement has. Null if there is a different number of
 * ticks, or if both ticks have zero probability: the judgement counts as unparsed and isn't replaced by a number.
 */
export function tickReward(ticks: readonly (readonly number[])[], count = ticks.length): number | null {
  if (ticks.length !== count) return null
  return ticks.map(yesProbability).reduce<number | null>((sum, share) => (sum === null || share === null ? null : sum + share), 0)
}
