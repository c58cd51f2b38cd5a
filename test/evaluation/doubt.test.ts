import { describe, expect, it } from 'vitest'
import { doubtOf, varianceOfMean } from '../../main/evaluation/doubt.ts'

describe('the doubt about a pair', () => {
  it('is one half at zero margin and shrinks as the margin grows', () => {
    expect(doubtOf(0, 0)).toBeCloseTo(0.5, 7)
    expect(doubtOf(0.5, 0)).toBeCloseTo(0.158655, 5) // one standard deviation
    expect(doubtOf(1, 0)).toBeCloseTo(0.02275, 5) // two
    expect(doubtOf(5, 0)).toBeLessThan(1e-9)
  })

  it('grows when judgements disagree', () => {
    expect(doubtOf(1, 0.75)).toBeCloseTo(0.158655, 5) // sqrt(0.25 + 0.75) = 1
    expect(doubtOf(1, 0.2)).toBeGreaterThan(doubtOf(1, 0.1))
  })
})

describe('the variance of a reward', () => {
  it('is that of the mean of its scores', () => {
    expect(varianceOfMean([3, 4, 5])).toBeCloseTo(1 / 3, 12)
    expect(varianceOfMean([4, 4, 4])).toBe(0)
  })

  it('is unknown for a single score', () => {
    expect(varianceOfMean([4])).toBe(0)
    expect(varianceOfMean([])).toBe(0)
  })
})
