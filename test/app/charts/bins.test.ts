import { describe, expect, test } from 'vitest'
import { rewardBins, rewardEdges, summaryOf } from '../../../main/loop/reward-summary.ts'
import type { RewardedRow } from '../../../main/store/queries/reward-queries.ts'

const row = (reward: number | null, role: 'chosen' | 'rejected' | null = null, promptId = 1): RewardedRow => ({
  ...{ promptId, reward, chosen: Number(role === 'chosen'), rejected: Number(role === 'rejected'), isAnchor: false },
  ...{ judgements: 3, readable: reward === null ? 0 : 3 },
})

function binRewards(rows: readonly RewardedRow[], edges: readonly number[]) {
  const { bins, add } = rewardBins(edges)
  rows.forEach(add)
  return bins
}

function summarise(rows: readonly RewardedRow[], edges: readonly number[]) {
  const { add, result } = summaryOf(edges)
  rows.forEach(add)
  return result()
}

const continuous = rewardEdges({ method: 'ticks', samples: 1 }, [0, 5])

describe('reward bins', () => {
  test('a judge with continuous rewards gets twenty equal bins from 0 to 5', () => {
    expect(continuous).toHaveLength(21)
    expect([continuous[0], continuous[1], continuous[20]]).toEqual([0, 0.25, 5])
  })

  test('the mean of three integer scores has sixteen possible values, each with its own bin', () => {
    const edges = rewardEdges({ method: 'additive', samples: 3 }, [0, 5])
    const rewards = Array.from({ length: 16 }, (_, thirds) => row(thirds / 3))
    expect(binRewards(rewards, edges).map(({ candidates }) => candidates)).toEqual(Array.from({ length: 16 }, () => 1))
    expect([edges[0], edges[edges.length - 1]]).toEqual([0, 5])
  })

  test('a reward on an edge belongs to the bin that starts there, 5 to the last one, and rewards beyond 5 are not lost', () => {
    const bins = binRewards([row(0), row(0.25), row(0.2499), row(5), row(7)], continuous)
    expect(bins[0].candidates).toBe(2)
    expect(bins[1].candidates).toBe(1)
    expect(bins[19].candidates).toBe(2)
  })

  test('chosen and rejected count among the candidates, and those without a reward do not', () => {
    const bins = binRewards([row(4.1, 'chosen'), row(4.1), row(1.1, 'rejected'), row(null)], continuous)
    expect(bins[16]).toMatchObject({ candidates: 2, chosen: 1, rejected: 0 })
    expect(bins[4]).toMatchObject({ candidates: 1, chosen: 0, rejected: 1 })
    expect(bins.reduce((sum, { candidates }) => sum + candidates, 0)).toBe(3)
  })
})

describe('the reward summary of an iteration', () => {
  test('has means by role, unreadable judgements, and ties among prompts with two or more rewards', () => {
    const summary = summarise(
      [row(4, 'chosen', 1), row(2, 'rejected', 1), row(3, null, 2), row(3, null, 2), row(5, null, 3), row(null, null, 3)],
      continuous,
    )
    expect(summary.mean).toEqual({ candidates: 17 / 5, chosen: 4, rejected: 2 })
    expect(summary.n).toEqual({ candidates: 5, chosen: 1, rejected: 1 })
    expect(summary.tieShare).toBe(1 / 2) // prompt 3 has only one reward
    expect([summary.unrewarded, summary.judgements, summary.parseFailures, summary.pairs]).toEqual([1, 18, 3, 1])
  })

  test('counts a candidate once for each of its pairs, and M0’s answers only in these', () => {
    const best = { ...row(4), chosen: 2 }
    const middle = { ...row(3), chosen: 1, rejected: 1 }
    const anchor = { ...row(1), rejected: 2, isAnchor: true }
    const summary = summarise([best, middle, anchor], continuous)
    expect(summary.n).toEqual({ candidates: 2, chosen: 3, rejected: 3 })
    expect(summary.mean).toEqual({ candidates: 7 / 2, chosen: (4 + 4 + 3) / 3, rejected: (3 + 1 + 1) / 3 })
    expect(summary.pairs).toBe(3)
    expect(summary.bins.map(({ candidates }) => candidates).reduce((a, b) => a + b)).toBe(2)
    expect(summary.bins[4]).toMatchObject({ candidates: 0, rejected: 2 })
  })

  test('has no means before anything is judged', () => {
    const summary = summarise([row(null)], continuous)
    expect([summary.mean.candidates, summary.tieShare]).toEqual([null, null])
  })
})
