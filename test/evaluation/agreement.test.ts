import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cohenKappa, wilsonInterval } from '../../main/evaluation/agreement.ts'
import { fixtureFile } from '../support/shared.ts'

interface Fixture {
  cohen_kappa: { a: string; b: string; cohen_kappa: number }[]
  wilson_95: { wins: number; n: number; low: number; high: number }[]
}

describe('agreement equals the reference', () => {
  const fixture = (): Fixture => JSON.parse(readFileSync(fixtureFile('agreement.json'), 'utf8'))

  it("for Cohen's kappa", () => {
    for (const { a, b, cohen_kappa } of fixture().cohen_kappa) {
      expect(Math.abs(cohenKappa([...a], [...b])! - cohen_kappa)).toBeLessThan(1e-12)
    }
  })

  it("for Wilson's interval", () => {
    for (const { wins, n, low, high } of fixture().wilson_95) {
      const interval = wilsonInterval(wins, n)
      expect(Math.abs(interval.low - low)).toBeLessThan(1e-12)
      expect(Math.abs(interval.high - high)).toBeLessThan(1e-12)
    }
  })
})

describe('agreement by hand', () => {
  it('corrects the agreement of two raters for chance', () => {
    // 7 of 10 agree; a says yes 6 times, b 5 times: 0.6 * 0.5 + 0.4 * 0.5 = 0.5 by chance
    expect(cohenKappa([...'yyyyyynnnn'], [...'yyyynnnnny'])).toBeCloseTo((0.7 - 0.5) / 0.5, 12)
    expect(cohenKappa(['a', 'b'], ['b', 'a'])).toBe(-1)
  })

  it('is undefined if chance explains all agreement', () => {
    expect(cohenKappa(['a', 'a'], ['a', 'a'])).toBeNull()
    expect(cohenKappa([], [])).toBeNull()
    expect(cohenKappa(['a', 'a'], ['b', 'b'])).toBe(0)
  })

  it('keeps intervals within 0 and 1, and around the proportion', () => {
    expect(wilsonInterval(0, 10)).toEqual({ low: 0, high: expect.closeTo(0.2775, 4) })
    expect(wilsonInterval(10, 10)).toEqual({ low: expect.closeTo(0.7225, 4), high: 1 })
    expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 })
    const { low, high } = wilsonInterval(5, 10)
    expect(low + high).toBeCloseTo(1, 12)
  })
})
