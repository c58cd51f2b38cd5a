import { expect, test } from 'vitest'
import { spreadOf, spreadText } from '../../renderer/components/spread.ts'

test('the spread of several values is their mean and sample standard deviation', () => {
  const spread = spreadOf([2, 4, 4, 4, 5, 5, 7, 9])
  expect(spread).toMatchObject({ mean: 5, n: 8 })
  expect(spread!.deviation).toBeCloseTo(Math.sqrt(32 / 7), 12)
})

test('missing values don’t count, and a single one has no deviation', () => {
  expect(spreadOf([null, undefined, Number.NaN])).toBeNull()
  expect(spreadOf([null, 3])).toEqual({ mean: 3, deviation: null, n: 1 })
})

test('its text has the number of runs', () => {
  const format = (value: number): string => value.toFixed(1)
  expect(spreadText(spreadOf([1, 3])!, format)).toBe('2.0 ± 1.4 (2)')
  expect(spreadText(spreadOf([1])!, format)).toBe('1.0 (1)')
})
