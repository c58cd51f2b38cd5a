import { expect, test } from 'vitest'
import { clusteredError } from '../../main/evaluation/clustered-error.ts'

test('clusters of one value each have the usual standard error of a mean', () => {
  expect(clusteredError([[1], [2], [3], [4]])).toBeCloseTo(Math.sqrt(5 / 3 / 4), 12) // variance 5/3, n = 4
})

test('values that repeat within a cluster say no more than one', () => {
  expect(
    clusteredError([
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 3],
      [4, 4, 4],
    ]),
  ).toBeCloseTo(Math.sqrt(5 / 3 / 4), 12)
})

test('clusters of different sizes: by hand', () => {
  // mean 2; residuals -1 + 0, 1: 2 / 1 * (1 + 1) = 4, so the root is 2, of 3 values
  expect(clusteredError([[1, 2], [], [3]])).toBeCloseTo(2 / 3, 12)
})

test('a single cluster, or none, says nothing of the error', () => {
  expect(clusteredError([[1, 2, 3]])).toBeNull()
  expect(clusteredError([[], []])).toBeNull()
})
