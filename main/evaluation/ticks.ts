/**
 * The reward of a judgement made requirement by requirement: at each place where the judge wrote a tick, the probability
 * that it would be the satisfied one rather than the other, summed,
 *
 *     r = sum over ticks of p(yes) / (p(yes) + p(no)),   0 <= r <= number of ticks
 *
 * `ticks` holds [log p(yes), log p(no)] of each tick, `count` is how many a readable judgement has. Null where there are
 * not exactly that many, or where neither tick had any probability: it cannot be read, and no number stands in for it.
 */
export function tickReward(ticks: readonly (readonly number[])[], count = ticks.length): number | null {
  if (ticks.length !== count) return null
  const reward = ticks.reduce((sum, [yes, no]) => sum + 1 / (1 + Math.exp(no - yes)), 0)
  return Number.isNaN(reward) ? null : reward
}
