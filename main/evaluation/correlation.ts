import { mean } from '../common/numbers.ts'

/**
 * Rank correlations of two lists of equal length, with ties handled as in scipy.stats. Each is null if undefined: fewer than two values, or
 * all values of one list equal.
 */

/** Pearson's product-moment correlation, in [-1, 1]. */
export function pearson(x: readonly number[], y: readonly number[]): number | null {
  const meanX = mean(x)
  const meanY = mean(y)
  let xy = 0
  let xx = 0
  let yy = 0
  for (let i = 0; i < x.length; i++) {
    const dx = x[i] - meanX
    const dy = y[i] - meanY
    xy += dx * dy
    xx += dx * dx
    yy += dy * dy
  }
  if (isConstant(x) || isConstant(y)) return null
  return clamp(xy / Math.sqrt(xx * yy))
}

/** Spearman's rho: Pearson's correlation of the ranks, where tied values share their mean rank. */
export const spearman = (x: readonly number[], y: readonly number[]): number | null => pearson(averageRanks(x), averageRanks(y))

/**
 * Kendall's tau-b: (concordant - discordant) / sqrt(pairs not tied in x * pairs not tied in y).
 * Compares all pairs, so it is meant for the handful of answers to one prompt.
 */
export function kendallTauB(x: readonly number[], y: readonly number[]): number | null {
  let agreement = 0
  let untiedX = 0
  let untiedY = 0
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const orderX = Math.sign(x[i] - x[j])
      const orderY = Math.sign(y[i] - y[j])
      agreement += orderX * orderY
      untiedX += Math.abs(orderX)
      untiedY += Math.abs(orderY)
    }
  }
  if (untiedX === 0 || untiedY === 0) return null
  return clamp(agreement / Math.sqrt(untiedX) / Math.sqrt(untiedY))
}

/** The rank of each value, smallest 1; tied values share their mean rank. */
export function averageRanks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j])
  const ranks = new Array<number>(values.length)
  for (let start = 0; start < order.length; ) {
    let end = start + 1
    while (end < order.length && values[order[end]] === values[order[start]]) end++
    for (let k = start; k < end; k++) ranks[order[k]] = (start + 1 + end) / 2
    start = end
  }
  return ranks
}

const isConstant = (values: readonly number[]): boolean => values.every((value) => value === values[0])

/** Rounding can push a perfect correlation past 1. */
const clamp = (correlation: number): number => Math.max(-1, Math.min(1, correlation))
