import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { averageRanks, kendallTauB, pearson, spearman } from '../../main/evaluation/correlation.ts'

const lists = fc
  .integer({ min: 2, max: 12 })
  .chain((n) => fc.tuple(...[0, 1].map(() => fc.array(fc.integer({ min: 0, max: 5 }), { minLength: n, maxLength: n }))))

describe('rank correlations', () => {
  it('gives tied values their mean rank', () => {
    expect(averageRanks([10, 20, 10, 5, 20, 20])).toEqual([2.5, 5, 2.5, 1, 5, 5])
  })

  it('gives known values', () => {
    expect(pearson([1, 2, 3], [1, 2, 4])).toBeCloseTo(3 / Math.sqrt(2 * (14 / 3)), 14)
    expect(spearman([1, 2, 3, 4], [1, 3, 2, 4])).toBeCloseTo(1 - (6 * 2) / (4 * 15), 14)
    expect(kendallTauB([1, 2, 3, 4], [1, 3, 2, 4])).toBeCloseTo(4 / 6, 14)
    expect(kendallTauB([1, 1, 2], [1, 2, 3])).toBeCloseTo(2 / Math.sqrt(2 * 3), 14)
  })

  it('is undefined for a constant list and for fewer than two values', () => {
    for (const correlation of [pearson, spearman, kendallTauB]) {
      expect(correlation([0.1, 0.1, 0.1], [1, 2, 3])).toBeNull()
      expect(correlation([1, 2, 3], [7, 7, 7])).toBeNull()
      expect(correlation([1], [2])).toBeNull()
      expect(correlation([], [])).toBeNull()
    }
  })

  it('is symmetric, changes sign with the order, and stays within [-1, 1]', () => {
    fc.assert(
      fc.property(lists, ([x, y]) => {
        for (const correlation of [pearson, spearman, kendallTauB]) {
          const value = correlation(x, y)
          const turned = correlation(
            x.map((v) => -v),
            y,
          )
          if (value === null) expect(turned).toBeNull()
          else {
            expect(correlation(y, x)).toBeCloseTo(value, 12)
            expect(turned).toBeCloseTo(-value, 12)
            expect(Math.abs(value)).toBeLessThanOrEqual(1)
          }
        }
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  it('is 1 between a list and any increasing function of it', () => {
    expect(spearman([3, 1, 2, 9], [27, 1, 8, 729])).toBe(1)
    expect(kendallTauB([3, 1, 2, 9], [27, 1, 8, 729])).toBe(1)
  })
})
