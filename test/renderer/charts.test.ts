import { describe, expect, test } from 'vitest'
import type { RewardRange } from '../../main/shared/reward-range.ts'
import { toCsv } from '../../renderer/components/charts/chart-table.ts'
import { pathOf } from '../../renderer/components/charts/curve-series.ts'
import { nearestPlace } from '../../renderer/components/charts/hover.ts'
import { logTicks, reading, roundTicks, spanOf, tick } from '../../renderer/components/charts/ticks.ts'
import { progressCharts } from '../../renderer/components/progress-charts.ts'
import { compareRecipes } from '../../renderer/components/recipe-rows.ts'

describe('axes', () => {
  test('ticks are round numbers inside the axis', () => {
    expect(roundTicks(0, 1)).toEqual([0, 0.5, 1])
    expect(roundTicks(0.77, 0.96, 4)).toEqual([0.8, 0.85, 0.9, 0.95])
    expect(roundTicks(3, 3)).toEqual([3])
  })

  test('a logarithmic axis has powers of ten, or round numbers if it spans fewer than two', () => {
    expect(logTicks(0.001, 20)).toEqual([0.001, 0.01, 0.1, 1, 10])
    expect(logTicks(2, 6)).toEqual([2, 4, 6])
  })

  test('the span covers all values with padding, ignores missing ones, and is never empty', () => {
    const [low, high] = spanOf([1, null, 3])
    expect(low).toBeLessThan(1)
    expect(high).toBeGreaterThan(3)
    expect(spanOf([])).toEqual([0, 1])
    const [equalLow, equalHigh] = spanOf([2, 2])
    expect(equalHigh).toBeGreaterThan(equalLow)
    expect(spanOf([-1, 0, 10, 100], true)[0]).toBeGreaterThan(0)
  })

  test('numbers are short on axes and precise in readings', () => {
    expect([tick(0), tick(0.25), tick(12_000), tick(0.00003), tick(2_500_000)]).toEqual(['0', '0.25', '12k', '3e-5', '2.5M'])
    expect([reading(0.123456), reading(null), reading(0.00001234)]).toEqual(['0.1235', 'NaN', '1.23e-5'])
  })
})

test('a mean reward is drawn on its judge’s whole scale, if it has one', () => {
  const points = [3.65, 3.87].map((value, i) => ({ model: `M${i + 1}`, value, low: value - 0.02, high: value + 0.02, n: 100 }))
  const chartOf = (rewardRange: RewardRange) =>
    progressCharts({ models: ['M1', 'M2'], figures: [{ key: 'mean-reward', points }], rewardRange })[0]
  expect(chartOf([0, 5])).toMatchObject({ id: 'reward', include: [0, 5], limits: [0, 5] })
  expect(chartOf(null).include).toBeUndefined()
})

describe('lines', () => {
  const same = (value: number): number => value

  test('a line has a gap at a missing value, and an isolated value is visible', () => {
    expect(pathOf([1, 2, 3, 4, 5], [1, 2, null, 4, null], same, same)).toBe('M1.0,1.0L2.0,2.0M4.0,4.0h0.1')
  })

  test('the nearest step to the pointer is found', () => {
    expect([0, 3.4, 3.6, 99].map((step) => nearestPlace([1, 3, 4, 10], step))).toEqual([0, 1, 2, 3])
    expect(nearestPlace([], 1)).toBe(-1)
  })
})

test('CSV quotes cells that need it and leaves missing values empty', () => {
  expect(
    toCsv({
      columns: ['a', 'b'],
      rows: [
        ['x, "y"', null],
        [1.5, 2],
      ],
    }),
  ).toBe('a,b\r\n"x, ""y""",\r\n1.5,2\r\n')
})

test('recipes are compared value by value, even if one has a part that the other lacks', () => {
  const rows = compareRecipes([
    { seed: 0, sft: { epochs: 2 } },
    { seed: 1, sft: null },
  ])
  expect(rows).toEqual([
    { key: 'seed', values: ['0', '1'], differs: true },
    { key: 'sft.epochs', values: ['2', undefined], differs: true },
    { key: 'sft', values: [undefined, 'none'], differs: true },
  ])
})
