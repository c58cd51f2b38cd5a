import { expect, test } from 'vitest'
import { smoothed } from '../../../main/api/charts/smooth.ts'

test('the first value is not pulled towards zero', () => {
  expect(smoothed([10, 0], 0.9)[0]).toBeCloseTo(10)
})

test('three values at weight one half, by hand', () => {
  // last: 0.5, 1.25, 2.625; 1 - 0.5^i: 0.5, 0.75, 0.875
  expect(smoothed([1, 2, 4], 0.5)).toEqual([1, 1.25 / 0.75, 2.625 / 0.875])
})

test('what is no number stays and leaves the average as it was', () => {
  const result = smoothed([1, Number.NaN, 4], 0.5)
  expect(result[1]).toBeNaN()
  expect(result[2]).toBeCloseTo((0.25 + 2) / 0.75)
})

test('no smoothing gives the values, and equal values stay exactly equal', () => {
  expect(smoothed([3, 1], 0)).toEqual([3, 1])
  expect(smoothed([0.1, 0.1, 0.1], 0.97)).toEqual([0.1, 0.1, 0.1])
})
