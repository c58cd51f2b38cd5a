import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { lengthBaseline, type RankedGroup, type RewardMetrics, rewardMetrics, scoredGroups } from '../../main/evaluation/reward-metrics.ts'
import { fixtureFile } from '../support/shared.ts'

interface Case {
  groups: RankedGroup[]
  expected: Record<string, number | null>
}

const names: Record<string, keyof RewardMetrics> = {
  prompts: 'prompts',
  pairs: 'pairs',
  pairwise_accuracy: 'pairwiseAccuracy',
  tie_rate: 'tieRate',
  five_best: 'fiveBest',
  scored_five: 'scoredFive',
  exact_match: 'exactMatch',
  spearman: 'spearman',
  kendall_tau: 'kendallTau',
  undefined_correlations: 'undefinedCorrelations',
}

describe('reward metrics equal the reference', () => {
  const { cases } = JSON.parse(readFileSync(fixtureFile('reward-metrics.json'), 'utf8')) as { cases: Record<string, Case> }
  it.each(Object.entries(cases))('for the %s scores', (_, { groups, expected }) => {
    const metrics = rewardMetrics(groups)
    for (const [key, value] of Object.entries(expected)) {
      if (value === null) expect(metrics[names[key]], key).toBeNull()
      else expect(Math.abs(metrics[names[key]]! - value), key).toBeLessThan(1e-12)
    }
  })
})

describe('reward metrics by hand', () => {
  it('counts pairs, ties, and fives over two prompts', () => {
    const metrics = rewardMetrics([
      { ranks: [0, 1, 2], scores: [5, 3, 3] }, // pairs: right, right, tie
      { ranks: [1, 0], scores: [5, 2] }, // wrong
    ])
    expect(metrics).toEqual({
      prompts: 2,
      pairs: 4,
      pairwiseAccuracy: 2 / 4,
      tieRate: 1 / 4,
      fiveBest: 1 / 2,
      scoredFive: 2,
      exactMatch: 0,
      spearman: expect.closeTo((Math.sqrt(3) / 2 - 1) / 2, 12), // ranks 3 2 1 against 3 1.5 1.5, and one reversed pair
      kendallTau: expect.closeTo((2 / Math.sqrt(6) - 1) / 2, 12),
      undefinedCorrelations: 0,
    })
  })

  it('requires equal scores for equal ranks in an exact match', () => {
    expect(rewardMetrics([{ ranks: [0, 1, 1], scores: [4, 2, 2] }]).exactMatch).toBe(1)
    expect(rewardMetrics([{ ranks: [0, 1, 1], scores: [4, 3, 2] }]).exactMatch).toBe(0)
  })

  it('leaves prompts with all-equal scores out of the correlations, and counts them', () => {
    const metrics = rewardMetrics([
      { ranks: [0, 1], scores: [3, 3] },
      { ranks: [0, 1], scores: [4, 3] },
    ])
    expect(metrics.spearman).toBe(1)
    expect(metrics.kendallTau).toBe(1)
    expect(metrics.undefinedCorrelations).toBe(1)
  })

  it('gives null, not zero or NaN, if there is nothing to measure', () => {
    const metrics = rewardMetrics([])
    expect(metrics).toMatchObject({ prompts: 0, pairs: 0, pairwiseAccuracy: null, fiveBest: null, exactMatch: null, spearman: null })
  })

  it('leaves out unscored answers and counts them', () => {
    const { groups, unscored } = scoredGroups([
      { ranks: [0, 1, 2], scores: [4, null, 1] },
      { ranks: [0, 1], scores: [null, 3] },
      { ranks: [0, 1], scores: [2, 3] },
    ])
    expect(unscored).toBe(2)
    expect(groups).toEqual([
      { ranks: [0, 2], scores: [4, 1] },
      { ranks: [0, 1], scores: [2, 3] },
    ])
  })
})

describe('the length-only judge', () => {
  it('prefers the longer answer, counted in code points and not in UTF-16 units', () => {
    expect(lengthBaseline([{ ranks: [0, 1], texts: ['five!', '🙂🙂🙂'] }]).pairwiseAccuracy).toBe(1)
    expect(lengthBaseline([{ ranks: [0, 1], texts: ['short', 'a longer one'] }]).pairwiseAccuracy).toBe(0)
  })

  it('never mistakes five characters for a score of five', () => {
    expect(lengthBaseline([{ ranks: [0, 1], texts: ['12345', '1'] }])).toMatchObject({ fiveBest: null, scoredFive: 0 })
  })
})
