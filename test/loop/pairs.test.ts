import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RewardedCandidate } from '../../main/loop/preferences/pair-rule.ts'
import { pairOf, reviewedPair, rewardOf } from '../../main/loop/preferences/pair-rules.ts'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'
import type { PairRow } from '../../main/store/tables/pairs-table.ts'
import type { ReviewRow } from '../../main/store/tables/reviews-table.ts'

const rule = { rule: 'best-v-worst', min_gap: 0, finished_only: false } as const
const candidates = (...rewards: (number | null)[]): RewardedCandidate[] =>
  rewards.map((reward, i) => ({ id: i + 1, text: `text ${i}`, reward, finishReason: 'stop' }))

describe('a reward', () => {
  it('is the mean of the parsed judgements', () => {
    expect(rewardOf([4, null, 2])).toBe(3)
    expect(rewardOf([5])).toBe(5)
  })

  it('is null without parsed judgements: never 0, never a default', () => {
    expect(rewardOf([null, null])).toBeNull()
    expect(rewardOf([])).toBeNull()
  })
})

describe('every rule', () => {
  it.each(recipeSchema.shape.pairs.unwrap().shape.rule.unwrap().options)(
    '%s never prefers a lower reward, a tie, or a candidate without a reward',
    (name) => {
      fc.assert(
        fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 5 })), { maxLength: 8 }), (rewards) => {
          const pair = pairOf(candidates(...rewards), { ...rule, rule: name })
          if (pair === undefined) return
          expect(pair.chosenReward).toBeGreaterThan(pair.rejectedReward)
          expect([rewards[pair.chosenId - 1], rewards[pair.rejectedId - 1]]).toEqual([pair.chosenReward, pair.rejectedReward])
        }),
      )
    },
  )
})

describe('best against worst', () => {
  it('pairs the highest reward with the lowest', () => {
    expect(pairOf(candidates(3, 5, 1, 4), rule)).toEqual({ chosenId: 2, rejectedId: 3, chosenReward: 5, rejectedReward: 1 })
  })

  it('picks the first of equals', () => {
    expect(pairOf(candidates(2, 4, 4, 2), rule)).toMatchObject({ chosenId: 2, rejectedId: 1 })
  })

  it('makes no pair of a tie', () => {
    expect(pairOf(candidates(3, 3, 3), rule)).toBeUndefined()
  })

  it('leaves out candidates without a reward, which aren’t the worst', () => {
    expect(pairOf(candidates(null, 4, 2), rule)).toMatchObject({ chosenId: 2, rejectedId: 3 })
    expect(pairOf(candidates(null, 4, null), rule)).toBeUndefined()
    expect(pairOf(candidates(null, null), rule)).toBeUndefined()
  })

  it('enforces the minimum gap', () => {
    expect(pairOf(candidates(3, 3.6), { ...rule, min_gap: 0.7 })).toBeUndefined()
    expect(pairOf(candidates(3, 3.7), { ...rule, min_gap: 0.7 })).toBeDefined()
  })

  it('never pairs a text with itself, whatever its rewards', () => {
    const twins = candidates(5, 1).map((candidate) => ({ ...candidate, text: candidate.id === 1 ? 'same' : ' same\n' }))
    expect(pairOf(twins, rule)).toBeUndefined()
  })

  it('leaves out truncated responses if the recipe says so', () => {
    const [best, middle, worst] = candidates(5, 3, 1)
    const cut = [{ ...best, finishReason: 'length' as const }, middle, worst]
    expect(pairOf(cut, { ...rule, finished_only: true })).toMatchObject({ chosenId: 2, rejectedId: 3 })
    expect(pairOf(cut, rule)).toMatchObject({ chosenId: 1, rejectedId: 3 })
  })

  it('always gives a pair with a gap and with the extreme rewards', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double({ min: 0, max: 5, noNaN: true })), { maxLength: 6 }), (rewards) => {
        const pair = pairOf(candidates(...rewards), rule)
        const known = rewards.filter((reward) => reward !== null)
        const spread = known.length === 0 ? 0 : Math.max(...known) - Math.min(...known)
        if (pair === undefined) expect(spread).toBe(0)
        else expect([pair.chosenReward, pair.rejectedReward]).toEqual([Math.max(...known), Math.min(...known)])
      }),
    )
  })
})

describe('a user’s review', () => {
  const pair: PairRow = {
    id: 1,
    promptId: 1,
    madeBy: 'judge',
    position: 0,
    instruction: 'ask',
    chosenId: 1,
    chosenText: 'won',
    chosenReward: 5,
    rejectedId: 2,
    rejectedText: 'lost',
    rejectedReward: 1,
  }
  const review = (decision: ReviewRow['decision'], more: Partial<ReviewRow> = {}): ReviewRow => ({
    id: 1,
    pairId: 1,
    decision,
    chosenText: null,
    rejectedText: null,
    reversed: false,
    note: '',
    reviewer: '',
    seconds: null,
    blind: false,
    batchId: null,
    actId: null,
    restores: null,
    at: '',
    ...more,
  })

  it('takes precedence over the judge', () => {
    expect(reviewedPair(pair, undefined)).toEqual({ instruction: 'ask', chosen: 'won', rejected: 'lost' })
    expect(reviewedPair(pair, review('agree'))).toEqual({ instruction: 'ask', chosen: 'won', rejected: 'lost' })
    expect(reviewedPair(pair, review('swap'))).toEqual({ instruction: 'ask', chosen: 'lost', rejected: 'won' })
    expect(reviewedPair(pair, review('tie'))).toBeUndefined()
    expect(reviewedPair(pair, review('both-bad'))).toBeUndefined()
  })

  it('can replace the model’s texts', () => {
    expect(reviewedPair(pair, review('edit', { chosenText: 'better' }))).toEqual({ instruction: 'ask', chosen: 'better', rejected: 'lost' })
    expect(reviewedPair(pair, review('edit', { chosenText: 'lost' }))).toBeUndefined()
  })
})
