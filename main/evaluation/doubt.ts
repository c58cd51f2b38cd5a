/**
 * What a reward is uncertain by even where its judgements agree, in points: three judges that all say 4 may all be wrong alike. Half a point is the
 * step in which a score is rounded.
 */
const floor = 0.5

/** The variance of a mean of scores, from their spread: s^2 / n with s^2 over n - 1. 0 where fewer than two are there: it cannot be told then. */
export function varianceOfMean(scores: readonly number[]): number {
  const n = scores.length
  if (n < 2) return 0
  const mean = scores.reduce((sum, score) => sum + score, 0) / n
  return scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (n - 1) / n
}

/**
 * How doubtful a pair is: the chance that its rejected response is really the better one, if each reward is the truth plus a normal error,
 *
 *     doubt = Phi(-margin / sqrt(0.5^2 + v_chosen + v_rejected))
 *
 * where v is the variance of a reward as the mean of its judgements (0 where a person set it). A half is a coin toss. Small margins and judgements
 * that disagree both raise it, so that one order serves for "most doubtful first".
 */
export const doubtOf = (margin: number, variance: number): number => normalTail(margin / Math.sqrt(floor * floor + variance))

/** The chance that a standard normal number is above x (Abramowitz and Stegun 1964, 26.2.17: off by less than 1e-7). */
function normalTail(x: number): number {
  if (x < 0) return 1 - normalTail(-x)
  const t = 1 / (1 + 0.2316419 * x)
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series
}
