import { describe, expect, it } from 'vitest'
import { isLengthMatched, type ProbedAnswer, probeFigures, rankedPairs, recommended } from '../../main/evaluation/probe-figures.ts'

const answer = (rank: number, reward: number | null, length = 10): ProbedAnswer => ({ rank, reward, text: 'x'.repeat(length) })

describe('pairs of ranked answers', () => {
  it('are all pairs with different ranks, the better one first', () => {
    const [best, middle, alsoMiddle] = [answer(0, 1), answer(1, 2), answer(1, 3)]
    expect(rankedPairs([alsoMiddle, best, middle])).toEqual([
      [best, alsoMiddle],
      [best, middle],
    ])
  })

  it('are of similar length if the longer one is at most a quarter longer', () => {
    const ratio = (a: number, b: number): boolean => isLengthMatched([answer(0, 1, a), answer(1, 1, b)])
    expect([ratio(80, 100), ratio(100, 80), ratio(100, 79), ratio(126, 100), ratio(0, 0)]).toEqual([true, true, false, false, false])
  })
})

describe('the figures of a judge', () => {
  it('count a tie and an unreadable answer as half right', () => {
    const pairs = [
      ...[3, 2, 1].map((reward) => [answer(0, reward), answer(1, 0)] as const), // right
      [answer(0, 1), answer(1, 2)] as const, // wrong
      [answer(0, 1), answer(1, 1)] as const,
      [answer(0, null), answer(1, 1)] as const,
      [answer(0, 1), answer(1, null)] as const,
      [answer(0, null), answer(1, null)] as const,
    ]
    const { interval, ...figures } = probeFigures(pairs)
    expect(figures).toEqual({ pairs: 8, accuracy: 5 / 8, ties: 1 / 8, unreadable: 3 / 8 })
    // Wilson's interval of 5 of 8: (0.625 + 0.24009 -+ 1.96 sqrt(0.0292969 + 0.0150056)) / 1.480182
    expect(interval.low).toBeCloseTo(0.30574, 4)
    expect(interval.high).toBeCloseTo(0.86316, 4)
  })

  it('are empty without pairs', () => {
    expect(probeFigures([])).toEqual({ pairs: 0, accuracy: null, interval: { low: 0, high: 1 }, ties: null, unreadable: null })
  })
})

describe('the recommended judge', () => {
  const judge = (method: string, low: number, isControl = false) => ({
    ...{ method, isControl },
    matched: { ...probeFigures([]), interval: { low, high: 1 } },
  })

  it('has the highest lower bound on pairs of similar length', () => {
    expect(recommended([judge('a', 0.52), judge('b', 0.55), judge('c', 0.53)])?.method).toBe('b')
  })

  it('is none if no bound is above chance, and never a control', () => {
    expect(recommended([judge('a', 0.49), judge('length', 0.9, true)])).toBeUndefined()
  })
})
