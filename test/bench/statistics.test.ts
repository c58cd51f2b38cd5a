import { expect, test } from 'vitest'
import { advantage, fitPowerLaw } from '../../bench/harness/statistics.ts'

test('an advantage above 1 is in our favor, whether higher or lower is better', () => {
  expect(advantage(6, 2, 'higher')).toBe(3)
  expect(advantage(2, 6, 'lower')).toBe(3)
})

test('the fit to points of a power law recovers its exponent and factor', () => {
  const points = [1, 2, 5, 10, 100].map((x) => [x, 0.3 * x ** 1.7] as const)
  const { exponent, factor } = fitPowerLaw(points)
  expect(exponent).toBeCloseTo(1.7, 10)
  expect(factor).toBeCloseTo(0.3, 10)
})

test('a cost that does not grow has exponent 0', () => {
  expect(
    fitPowerLaw([
      [1, 5],
      [10, 5],
      [100, 5],
    ]).exponent,
  ).toBeCloseTo(0, 12)
})

test('points at a single size have no exponent', () => {
  expect(
    fitPowerLaw([
      [4, 1],
      [4, 2],
    ]).exponent,
  ).toBeNaN()
})
