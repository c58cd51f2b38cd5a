import { mean } from '../common/numbers.ts'

/**
 * Minimum uncertainty of a reward, even if its judgements agree: three judgements of 4 may share the same error. Half a point of five is
 * the rounding step of a score; rewards of another range get the same tenth of it.
 */
export const leastError = ([low, high]: readonly [low: number, high: number]): number => (high - low) / 10 || 1

const pointsOfFive = leastError([0, 5])

/** The variance of a mean of scores: s^2 / n, where s^2 divides by n - 1. 0 for fewer than two scores, where it is unknown. */
export function varianceOfMean(scores: readonly number[]): number {
  const n = scores.length
  if (n < 2) return 0
  const center = mean(scores)
  return scores.reduce((sum, score) => sum + (score - center) ** 2, 0) / (n - 1) / n
}

/**
 * How doubtful a pair is: the probability that its rejected response is really better, if each reward is the truth plus a normal error,
 *
 *     doubt = Phi(-margin / sqrt(e^2 + v_chosen + v_rejected))
 *
 * where e is the least error (0.5 for rewards from 0 to 5) and v the variance of a reward as the mean of its judgements (0 if the user set it). One half is a coin toss. Small margins and
 * disagreeing judgements both raise it, so this one order serves as "most doubtful first".
 */
export const doubtOf = (margin: number, variance: number, error = pointsOfFive): number =>
  normalTail(margin / Math.sqrt(error * error + variance))

/** The probability that a standard normal number exceeds x (Abramowitz and Stegun 1964, 26.2.17: error below 1e-7). */
function normalTail(x: number): number {
  if (x < 0) return 1 - normalTail(-x)
  const t = 1 / (1 + 0.2316419 * x)
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series
}
