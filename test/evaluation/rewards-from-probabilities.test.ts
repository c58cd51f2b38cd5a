import { describe, expect, it } from 'vitest'
import { expectedScore } from '../../main/evaluation/expected-score.ts'
import { tickReward } from '../../main/evaluation/ticks.ts'

describe('the expected score', () => {
  it('is the mean of the scores under their probabilities', () => {
    const p = [0.05, 0.05, 0.1, 0.2, 0.4, 0.2]
    expect(expectedScore(p.map(Math.log))).toBeCloseTo(0.05 + 0.2 + 0.6 + 1.6 + 1, 12)
  })

  it('uses only the probabilities of the scores, however small', () => {
    const logprobs = [-1001, -1000, -1002, -1010, -1010, -1010]
    expect(expectedScore(logprobs)).toBeCloseTo(expectedScore(logprobs.map((l) => l + 1000))!, 12)
    expect(expectedScore([-Infinity, -Infinity, -Infinity, -Infinity, -3, -Infinity])).toBe(4)
  })

  it('is null if no score has any probability', () => {
    expect(expectedScore([-Infinity, -Infinity])).toBeNull()
    expect(expectedScore([Number.NaN, -1])).toBeNull()
    expect(expectedScore([])).toBeNull()
  })
})

describe('the reward from ticks', () => {
  it('sums the probability of the yes tick relative to both ticks', () => {
    const ticks = [
      [Math.log(0.6), Math.log(0.2)], // 0.75: other tokens don't count
      [Math.log(0.1), Math.log(0.9)],
    ]
    expect(tickReward(ticks, 2)).toBeCloseTo(0.85, 12)
  })

  it('survives probabilities that round to zero', () => {
    expect(
      tickReward(
        [
          [-800, -0],
          [-Infinity, -1],
          [-1, -Infinity],
        ],
        3,
      ),
    ).toBeCloseTo(1, 12)
  })

  it('is null if the number of ticks differs from the requirements, or if a tick has no probability', () => {
    expect(tickReward([[-1, -1]], 2)).toBeNull()
    expect(
      tickReward(
        [
          [-1, -1],
          [-1, -1],
          [-1, -1],
        ],
        2,
      ),
    ).toBeNull()
    expect(tickReward([[-Infinity, -Infinity]], 1)).toBeNull()
  })
})
