import { describe, expect, it } from 'vitest'
import { agreementOfOrders, type Battle, judgementElo, placeWeights } from '../../main/evaluation/judgement-elo.ts'

/** "0>1": shown 0 first, 0 is better; "0<1": shown 0 first, 1 is better; "0=1": neither. */
const battlesOf = (...written: string[]): Battle[] =>
  written.map((one) => ({ first: Number(one[0]), second: Number(one[2]), lead: one[1] === '>' ? 2 : one[1] === '<' ? -2 : 0 }))

describe('the weight of a win by its place', () => {
  it('is the share of all wins that were in the other place', () => {
    // three wins in the first place, one in the second
    expect(placeWeights(battlesOf('0>1', '1>0', '0>2', '2<0'))).toEqual({ first: 0.25, second: 0.75 })
  })

  it('is 0 where every win is in one place, and unknown without wins', () => {
    expect(placeWeights(battlesOf('0>1', '1>0'))).toEqual({ first: 0, second: 1 })
    expect(placeWeights(battlesOf('0=1', '1=0'))).toBeNull()
  })
})

describe('the Elo of judgements', () => {
  const even = { first: 0.5, second: 0.5 }

  it('solves the likelihood equation of two judgements, computed by hand', () => {
    // 0 beats 1 with a total weight of 1. With s and 1/s as strengths and half a win each from the tied game that keeps them finite:
    // 1.5 = s/(s + 1) + s/(s + 1/s), so s = 2.13040, which is 400 log10(s) = 131.39 points
    const elo = judgementElo(battlesOf('0>1', '1<0'), even)
    const s = 10 ** (elo.get(0)! / 400)
    expect(s / (s + 1) + s / (s + 1 / s)).toBeCloseTo(1.5, 6)
    expect(elo.get(0)).toBeCloseTo(131.39, 1)
    expect(elo.get(1)).toBeCloseTo(-131.39, 1)
  })

  it('is 0 for all in a circle, and for all where the place decides', () => {
    const circle = judgementElo(battlesOf('0>1', '1<0', '1>2', '2<1', '2>0', '0<2'), even)
    for (const points of circle.values()) expect(points).toBeCloseTo(0, 6)
    const always = battlesOf('0>1', '1>0', '0>2', '2>0', '1>2', '2>1')
    for (const points of judgementElo(always, placeWeights(always)!).values()) expect(points).toBeCloseTo(0, 6)
  })

  it('trusts a win against the preferred place more', () => {
    // first places win three of four times: so 1's win from the second place counts 3 times as much as 0's from the first
    const battles = battlesOf('0>1', '0<1', '2>3', '3>2')
    const weights = placeWeights(battles)!
    expect(weights).toEqual({ first: 0.25, second: 0.75 })
    const elo = judgementElo(battlesOf('0>1', '0<1'), weights)
    expect(elo.get(1)!).toBeGreaterThan(elo.get(0)!)
  })

  it('orders judgements that win and lose everything, with finite scores', () => {
    const elo = judgementElo(battlesOf('0>1', '1<0', '0>2', '2<0', '1>2', '2<1'), even)
    expect([...elo].toSorted(([, a], [, b]) => b - a).map(([judgement]) => judgement)).toEqual([0, 1, 2])
    expect([...elo.values()].every(Number.isFinite)).toBe(true)
    expect([...elo.values()].reduce((sum, points) => sum + points, 0)).toBeCloseTo(0, 6)
  })
})

describe('agreement of the two orders', () => {
  it('counts comparisons made in both orders, and a tie as none', () => {
    expect(agreementOfOrders(battlesOf('0>1', '1<0', '0>2', '2>0', '1=2', '2<1', '3>0'))).toEqual({ compared: 3, agreed: 1 })
  })
})
