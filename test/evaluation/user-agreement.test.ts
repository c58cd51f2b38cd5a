import { describe, expect, it } from 'vitest'
import { type Side, userAgreement, type Vote } from '../../main/evaluation/user-agreement.ts'

const vote = (judge: Side, user: Side | null, longer: Side | null = 'first'): Vote => ({ judge, user, longer })
const times = (n: number, one: Vote): Vote[] => Array.from({ length: n }, () => one)

describe('agreement between user and judge', () => {
  it('is the share of pairs in which both prefer the same response, with kappa', () => {
    const votes = [
      ...times(20, vote('first', 'first')),
      ...times(5, vote('second', 'first')),
      ...times(10, vote('first', 'second')),
      ...times(15, vote('second', 'second')),
    ]
    const { n, accuracy, kappa, interval } = userAgreement(votes)
    expect([n, accuracy]).toEqual([50, 0.7])
    expect(kappa).toBeCloseTo(0.4, 12) // the textbook's example: 0.7 observed, 0.5 by chance
    expect(interval.low).toBeCloseTo(0.5625, 3)
    expect(interval.high).toBeCloseTo(0.809, 3)
  })

  it('is compared with a judge that only measures length', () => {
    const votes = [
      vote('first', 'first', 'first'),
      vote('second', 'second', 'first'),
      vote('first', 'second', 'second'),
      vote('first', 'first', null),
    ]
    expect(userAgreement(votes)).toMatchObject({ accuracy: 0.75, lengthAccuracy: 0.5, constantAccuracy: expect.any(Number) })
  })

  it('leaves out votes for neither and counts them', () => {
    expect(userAgreement([vote('first', null), vote('first', 'first'), vote('second', null)])).toMatchObject({
      n: 1,
      ties: 2,
      accuracy: 1,
    })
  })

  it('is unknown without votes, with the interval [0, 1]', () => {
    expect(userAgreement([])).toEqual({
      ...{ n: 0, ties: 0, accuracy: null, kappa: null, constantAccuracy: null, lengthAccuracy: null, lengthKappa: null },
      interval: { low: 0, high: 1 },
    })
  })
})
