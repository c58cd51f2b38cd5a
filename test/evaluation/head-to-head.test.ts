import { describe, expect, it } from 'vitest'
import { wilsonInterval } from '../../main/evaluation/agreement.ts'
import { countOutcomes, headToHead, outcomeOf, outcomeOfRewards } from '../../main/evaluation/win-rate.ts'

describe('a comparison judged in both orders', () => {
  it('is won only if both orders name the same answer', () => {
    expect(outcomeOf({ first: 'A', second: 'B' })).toBe('win')
    expect(outcomeOf({ first: 'B', second: 'A' })).toBe('loss')
    expect(outcomeOf({ first: 'A', second: 'A' })).toBe('tie')
    expect(outcomeOf({ first: 'B', second: 'B' })).toBe('tie')
    expect(outcomeOf({ first: 'A', second: 'tie' })).toBe('tie')
    expect(outcomeOf({ first: 'tie', second: 'tie' })).toBe('tie')
  })

  it("has no outcome if a verdict couldn't be parsed", () => {
    expect(outcomeOf({ first: null, second: 'B' })).toBeNull()
    expect(outcomeOf({ first: 'A', second: null })).toBeNull()
  })

  it('counts a tie as half a win and ignores unparsed verdicts', () => {
    const counted = headToHead([
      { first: 'A', second: 'B' },
      { first: 'A', second: 'B' },
      { first: 'B', second: 'A' },
      { first: 'A', second: 'A' },
      { first: null, second: 'A' },
    ])
    expect(counted).toEqual({
      wins: 2,
      ties: 1,
      losses: 1,
      unreadable: 1,
      winRate: 2.5 / 4,
      interval: wilsonInterval(2.5, 4),
      positionBias: 1 / 4,
    })
  })

  it('has no win rate without a parsed verdict', () => {
    expect(headToHead([{ first: null, second: null }])).toMatchObject({ winRate: null, positionBias: null, unreadable: 1 })
  })
})

describe('a comparison of rewards', () => {
  it('is won by the higher reward, and has no outcome without both', () => {
    const rewards: [number | null, number | null][] = [
      [4, 3],
      [3, 3],
      [1, 2],
      [null, 2],
    ]
    const outcomes = rewards.map(([a, b]) => outcomeOfRewards(a, b))
    expect(outcomes).toEqual(['win', 'tie', 'loss', null])
    expect(countOutcomes(outcomes)).toMatchObject({ wins: 1, ties: 1, losses: 1, unreadable: 1, winRate: 0.5 })
  })
})
