/**
 * The expected score under a judge's own probabilities (G-Eval, Liu et al. 2023, section 2): with `logprobs[s]` the log-probability l(s) of
 * score s at the score position,
 *
 *     r = sum_s s * exp(l(s)) / sum_s exp(l(s)),   s = 0, 1, ..., logprobs.length - 1
 *
 * One pass gives a real number where sampling gives a few integers, so few rewards tie. Null if no score has any probability: there is
 * nothing to average, and it counts as a parse failure.
 */
export function expectedScore(logprobs: readonly number[]): number | null {
  const largest = Math.max(...logprobs)
  if (!Number.isFinite(largest)) return null
  const weights = logprobs.map((logprob) => Math.exp(logprob - largest)) // the largest is 1: no overflow and no 0 / 0
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const expected = weights.reduce((sum, weight, score) => sum + score * weight, 0) / total
  return Number.isNaN(expected) ? null : expected
}
