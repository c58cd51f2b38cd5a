import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { curveOf, placesBetween, placesToDraw } from '../../../main/app/charts/curves.ts'
import { rowsOfSteps } from '../../../main/app/charts/row-tables.ts'

const all = { from: null, to: null, points: 100, smoothing: 0 }

describe('downsampling a curve', () => {
  test('keeps all values if there are few', () => {
    expect(placesToDraw([5, 4, 3], 0, 3, 10)).toEqual([0, 1, 2])
    expect(placesToDraw([], 0, 0, 10)).toEqual([])
  })

  test('keeps the one spike, the one dip, and the one gap among ten thousand values', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => Math.sin(i))
    values[4242] = 50
    values[777] = Number.NaN
    values[8000] = -50
    const places = placesToDraw(values, 0, values.length, 600)
    expect(places.length).toBeLessThanOrEqual(600)
    expect(places).toEqual(expect.arrayContaining([0, 777, 4242, 8000, 9999]))
  })

  test('returns at most the requested number, in order, with both ends, the minimum, and the maximum, for any values', () => {
    const numbers = fc.array(fc.oneof({ weight: 9, arbitrary: fc.double({ noNaN: true, min: -1e9, max: 1e9 }) }, fc.constant(Number.NaN)), {
      minLength: 1,
      maxLength: 800,
    })
    fc.assert(
      fc.property(numbers, fc.integer({ min: 16, max: 300 }), (values, most) => {
        const places = placesToDraw(values, 0, values.length, most)
        expect(places.length).toBeLessThanOrEqual(most)
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b))
        expect([places[0], places.at(-1)]).toEqual([0, values.length - 1])
        const finite = values.filter(Number.isFinite)
        const kept = places.map((place) => values[place])
        if (finite.length > 0) {
          expect(kept).toContain(finite.reduce((a, b) => Math.min(a, b)))
          expect(kept).toContain(finite.reduce((a, b) => Math.max(a, b)))
        }
        expect(kept.some(Number.isNaN)).toBe(values.some(Number.isNaN))
      }),
    )
  })

  test('finds a range of steps, bounds included, even if steps are missing', () => {
    const column = { steps: [1, 2, 5, 6, 9], values: [1, 2, 5, 6, 9] }
    expect(placesBetween(column, 2, 6)).toEqual([1, 4])
    expect(placesBetween(column, 3, 4)).toEqual([2, 2])
    expect(placesBetween(column, null, null)).toEqual([0, 5])
  })

  test('NaN is null in a curve, and smoothing includes steps before the range', () => {
    const column = { steps: [1, 2, 3, 4], values: [0, 10, Number.NaN, 10] }
    expect(curveOf('M2', 'loss', column, { ...all, from: 3 })).toMatchObject({ steps: [3, 4], values: [null, 10], smoothed: null, n: 2 })
    const smooth = curveOf('M2', 'loss', column, { ...all, from: 4, smoothing: 0.5 }).smoothed
    expect(smooth![0]).toBeCloseTo(60 / 7) // last = ((0.5 * 0) + 5) * 0.5 + 5 = 7.5, divided by 1 - 0.5^3
  })
})

describe("a curve's final value", () => {
  /** 353 rows in batches of 16: the 23rd step of each epoch has one row, and differs from the others. */
  const rows = rowsOfSteps({ rows: 353, config: { batch_size: 16 } })
  const steps = Array.from({ length: 46 }, (_, i) => i + 1)
  const column = { steps: steps, values: steps.map((step) => (step % 23 === 0 ? 0 : 0.9)) }
  const all = { from: null, to: null, points: 600, smoothing: 0 }

  test('is the mean of the last quarter, weighted by rows per step', () => {
    const { ending, partial, values } = curveOf('M2', 'rewards/accuracies', column, all, rows)
    expect(values.at(-1)).toBe(0)
    expect(ending).toBeCloseTo((11 * 16 * 0.9) / (11 * 16 + 1), 12)
    expect(partial).toEqual([
      { step: 23, rows: 1 },
      { step: 46, rows: 1 },
    ])
  })

  test('follows the visible range, skips NaN, and is null without values', () => {
    expect(curveOf('M2', 'loss', column, { ...all, from: 1, to: 22 }, rows)).toMatchObject({ ending: expect.closeTo(0.9, 12), partial: [] })
    const broken = { steps: [1, 2, 3, 4], values: [1, 1, 1, Number.NaN] }
    expect(curveOf('M2', 'loss', broken, all, rowsOfSteps({ rows: 64, config: { batch_size: 16 } })).ending).toBeNull()
    expect(curveOf('M2', 'loss', { steps: [1], values: [2] }, all).ending).toBe(2)
    expect(curveOf('M2', 'loss', { steps: [], values: [] }, all).ending).toBeNull()
  })

  test('gradient accumulation counts as one batch, and all steps are alike without a remainder or a known batch size', () => {
    const accumulated = rowsOfSteps({ rows: 10, config: { batch_size: 2, gradient_accumulation: 2 } })
    expect([1, 2, 3, 4, 6].map(accumulated.of)).toEqual([4, 4, 2, 4, 2])
    expect(rowsOfSteps({ rows: 8, config: { batch_size: 4 } }).of(2)).toBe(4)
    expect(rowsOfSteps({ rows: 8, config: {} }).of(2)).toBe(1)
    const single = rowsOfSteps({ rows: 3, config: { batch_size: 16 } })
    expect([single.full, single.of(1)]).toEqual([3, 3])
  })
})
