import { mean } from '../../main/common/numbers.ts'

/** How many times better `ours` is: above 1 is in our favor, whether higher or lower is better. */
export const advantage = (ours: number, theirs: number, better: 'higher' | 'lower'): number =>
  better === 'higher' ? ours / theirs : theirs / ours

/** A curve y = factor x^exponent. */
export interface PowerLaw {
  readonly exponent: number
  readonly factor: number
}

/** Least-squares fit of log y = exponent log x + log factor. Points must be positive. With fewer than two different x, the result is NaN. */
export function fitPowerLaw(points: readonly (readonly [x: number, y: number])[]): PowerLaw {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const)
  const meanX = mean(logs.map(([x]) => x))
  const meanY = mean(logs.map(([, y]) => y))
  const covariance = mean(logs.map(([x, y]) => (x - meanX) * (y - meanY)))
  const variance = mean(logs.map(([x]) => (x - meanX) ** 2))
  const exponent = covariance / variance
  return { exponent, factor: Math.exp(meanY - exponent * meanX) }
}
