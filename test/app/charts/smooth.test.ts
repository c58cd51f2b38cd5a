import { expect, test } from 'vitest'
import { smoothed } from '../../../main/app/charts/curves.ts'

test('the first value is not pulled toward zero', () => {
  expect(smoothed([10, 0], 0.9)[0]).toBeCloseTo(10)
})

test('matches three values at weight one half, computed by hand', () => {
  // last: 0.5, 1.25, 2.625; 1 - 0.5^i: 0.5, 0.75, 0.875
  expect(smoothed([1, 2, 4], 0.5)).toEqual([1, 1.25 / 0.75, 2.625 / 0.875])
})

test('NaN stays NaN and leaves the average unchanged', () => {
  const result = smoothed([1, Number.NaN, 4], 0.5)
  expect(result[1]).toBeNaN()
  expect(result[2]).toBeCloseTo((0.25 + 2) / 0.75)
})

test('weight 0 returns the values, and constant values stay exactly constant', () => {
  expect(smoothed([3, 1], 0)).toEqual([3, 1])
  expect(smoothed([0.1, 0.1, 0.1], 0.97)).toEqual([0.1, 0.1, 0.1])
})
