import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { characters } from '../../main/evaluation/reward-metrics.ts'
import type { Pair, PairSettings, RewardedCandidate } from '../../main/loop/preferences/pair-rule.ts'
import { decidedShareOf, outcomeOf, pairsOf, reviewedPair, rewardOf } from '../../main/loop/preferences/pair-rules.ts'
import { pairsRecipe } from '../../main/shared/recipe-pairs.ts'
import type { PairRow } from '../../main/store/tables/pairs-table.ts'
import type { ReviewRow } from '../../main/store/tables/reviews-table.ts'

const seeded = { seed: 20260301 }
const rule = pairsRecipe.parse({})
const by = (name: PairSettings['rule'], more: Partial<PairSettings> = {}): PairSettings => ({ ...rule, rule: name, ...more })
const candidates = (...rewards: (number | null)[]): RewardedCandidate[] =>
  rewards.map((reward, i) => ({ id: i + 1, text: `text ${i}`, reward, finishReason: 'stop' }))
/** Candidates with texts of these lengths. */
const ofLengths = (...of: (readonly [reward: number, length: number])[]): RewardedCandidate[] =>
  of.map(([reward, length], i) => ({ id: i + 1, text: String.fromCharCode(97 + i).repeat(length), reward, finishReason: 'stop' }))
const anchor = (id: number, reward: number | null): RewardedCandidate => ({
  ...{ id, text: `anchor ${id}`, reward, finishReason: 'stop', isAnchor: true },
})
const pairOf = (from: readonly RewardedCandidate[], settings: PairSettings): Pair | undefined => pairsOf(from, settings)[0]
const idsOf = (pairs: readonly Pair[]): number[][] => pairs.map(({ chosenId, rejectedId }) => [chosenId, rejectedId])

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
  const names = pairsRecipe.shape.rule.unwrap().options
  const drawn = fc.array(
    fc.record({
      reward: fc.option(fc.integer({ min: 0, max: 5 })),
      text: fc.constantFrom('yes', ' yes\n', 'no, never', 'a longer text than the others', 'ok', 'so so so so so'),
      isAnchor: fc.boolean(),
      finishReason: fc.constantFrom('stop' as const, 'length' as const),
    }),
    { maxLength: 8 },
  )
  const settingsOf = fc.record({
    min_gap: fc.constantFrom(0, 1, 2.5),
    max_per_prompt: fc.integer({ min: 1, max: 6 }),
    rho: fc.double({ min: 0, max: 0.5, noNaN: true }),
    length_ratio: fc.constantFrom(null, [0.8, 1.25] as [number, number]),
    chosen_distinct: fc.constantFrom(0, 0.6),
    endings: fc.constantFrom(...pairsRecipe.shape.endings.unwrap().options),
  })

  it.each(names)(
    '%s keeps to the gap, the lengths, and the number of pairs, and never pairs a text with itself or two texts twice',
    (name) => {
      fc.assert(
        fc.property(drawn, settingsOf, (rows, changes) => {
          const all = rows.map((row, i): RewardedCandidate => ({ id: i + 1, ...row }))
          const settings = by(name, changes)
          const pairs = pairsOf(all, settings)
          const texts = new Set<string>()
          for (const { chosenId, rejectedId, chosenReward, rejectedReward } of pairs) {
            const [chosen, rejected] = [all[chosenId - 1], all[rejectedId - 1]]
            expect([chosen.reward, rejected.reward]).toEqual([chosenReward, rejectedReward])
            expect(chosenReward).toBeGreaterThan(rejectedReward)
            expect(chosenReward - rejectedReward).toBeGreaterThanOrEqual(settings.min_gap)
            expect(chosen.text.trim()).not.toBe(rejected.text.trim())
            const ratio = characters(chosen.text) / characters(rejected.text)
            if (settings.length_ratio !== null) expect(ratio >= settings.length_ratio[0] && ratio <= settings.length_ratio[1]).toBe(true)
            if (settings.chosen_distinct > 0) expect(chosen.text).not.toBe('so so so so so')
            if (settings.endings === 'finished') expect([chosen.finishReason, rejected.finishReason]).toEqual(['stop', 'stop'])
            if (settings.endings === 'chosen-finished') expect(chosen.finishReason).toBe('stop')
            if (settings.endings === 'same') expect(rejected.finishReason).toBe(chosen.finishReason)
            texts.add(JSON.stringify([chosen.text.trim(), rejected.text.trim()].sort()))
          }
          expect(texts.size).toBe(pairs.length)
          expect(pairs.length).toBeLessThanOrEqual(name === 'all-above-margin' ? settings.max_per_prompt : 1)
        }),
        seeded,
      )
    },
  )

  it.each(names)('%s makes no pair of no candidate, of one, and of candidates without a reward', (name) => {
    for (const few of [[], candidates(4), candidates(null, null), candidates(null, 4)]) expect(pairsOf(few, by(name))).toEqual([])
  })

  it('leaves out pairs that the implicit reward contradicts, or doesn’t distinguish, if the recipe says so', () => {
    const agreeing = by('best-v-worst', { agreement: true })
    const withImplicit = (...implicit: (number | null)[]) =>
      candidates(5, 1).map((candidate, i) => ({ ...candidate, implicit: implicit[i] }))
    expect(idsOf(pairsOf(withImplicit(-0.1, -0.2), agreeing))).toEqual([[1, 2]])
    expect(pairsOf(withImplicit(-0.2, -0.1), agreeing)).toEqual([])
    expect(pairsOf(withImplicit(0.1, 0.1), agreeing)).toEqual([])
    expect(pairsOf(withImplicit(null, 0.1), agreeing)).toHaveLength(1) // nothing contradicts it
    expect(pairsOf(withImplicit(-0.2, -0.1), rule)).toHaveLength(1)
  })

  it('leaves out pairs of too unequal lengths, both bounds included', () => {
    const window = by('best-v-worst', { length_ratio: [0.8, 1.25] })
    expect(idsOf(pairsOf(ofLengths([5, 10], [1, 8]), window))).toEqual([[1, 2]]) // 1.25
    expect(idsOf(pairsOf(ofLengths([5, 8], [1, 10]), window))).toEqual([[1, 2]]) // 0.8
    expect(pairsOf(ofLengths([5, 13], [1, 10]), window)).toEqual([])
    expect(pairsOf(ofLengths([5, 7], [1, 10]), window)).toEqual([])
    expect(pairsOf(ofLengths([5, 7], [1, 0]), window)).toEqual([]) // an infinite ratio
  })
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
    expect(pairOf(cut, { ...rule, endings: 'finished' })).toMatchObject({ chosenId: 2, rejectedId: 3 })
    expect(pairOf(cut, rule)).toMatchObject({ chosenId: 1, rejectedId: 3 })
  })

  it('chooses the best response that ended by itself if the recipe says so, but rejects any', () => {
    const [best, middle, worst] = candidates(5, 3, 1)
    const finished = by('best-v-worst', { endings: 'chosen-finished' })
    const cut = (candidate: RewardedCandidate): RewardedCandidate => ({ ...candidate, finishReason: 'length' })
    expect(pairOf([cut(best), middle, worst], finished)).toMatchObject({ chosenId: 2, rejectedId: 3 })
    expect(pairOf([best, middle, cut(worst)], finished)).toMatchObject({ chosenId: 1, rejectedId: 3 })
    expect(pairOf([cut(best), cut(middle), cut(worst)], finished)).toBeUndefined()
    expect(pairOf([cut(best), cut(middle), worst], finished)).toBeUndefined() // only the worst could be chosen
  })

  it('never chooses a response that repeats itself if the recipe says so, but may reject it', () => {
    const varied = by('best-v-worst', { chosen_distinct: 0.6 })
    const saying = (...texts: string[]) => candidates(5, 4, 1).map((candidate, i) => ({ ...candidate, text: texts[i] }))
    expect(pairOf(saying('[name] [name] [name] [name]', 'Dear [name], hello', 'no name'), varied)).toMatchObject({
      chosenId: 2,
      rejectedId: 3,
    })
    expect(pairOf(saying('Dear [name], hello', 'no name', 'no no no no no'), varied)).toMatchObject({ chosenId: 1, rejectedId: 3 })
    expect(pairOf(saying('a b a b a', 'c', 'd'), by('best-v-worst', { chosen_distinct: 0.5 }))).toMatchObject({ chosenId: 1 }) // 2 of 4 pairs
    expect(pairOf(saying('', 'c', 'd'), varied)).toMatchObject({ chosenId: 1 }) // no pair of words repeats
  })

  it('pairs only responses that ended alike if the recipe says so', () => {
    const alike = by('all-above-margin', { endings: 'same' })
    const cut = (candidate: RewardedCandidate): RewardedCandidate => ({ ...candidate, finishReason: 'length' })
    const [first, second, third, fourth] = candidates(5, 4, 2, 1)
    expect(idsOf(pairsOf([first, cut(second), third, cut(fourth)], alike))).toEqual([
      [1, 3],
      [2, 4],
    ])
    expect(pairsOf([first, cut(second)], alike)).toEqual([])
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
      seeded,
    )
  })
})

describe('all pairs above a margin', () => {
  const margin = (min_gap: number, max_per_prompt = 6): PairSettings => by('all-above-margin', { min_gap, max_per_prompt })

  it('are every two candidates far enough apart, the widest gap first', () => {
    expect(idsOf(pairsOf(candidates(3, 5, 1, 4), margin(2)))).toEqual([
      [2, 3], // 5 and 1
      [4, 3], // 4 and 1
      [1, 3], // 3 and 1
      [2, 1], // 5 and 3
    ])
    expect(pairsOf(candidates(3, 5, 1, 4), margin(0))).toHaveLength(6)
    expect(pairsOf(candidates(3, 5, 1, 4), margin(4.5))).toEqual([])
  })

  it('are as many as the recipe allows, those with the widest gaps', () => {
    expect(idsOf(pairsOf(candidates(3, 5, 1, 4), margin(2, 2)))).toEqual([
      [2, 3],
      [4, 3],
    ])
  })

  it('are those that differ: a tie makes none, and a text that was sampled twice makes one pair with another', () => {
    expect(idsOf(pairsOf(candidates(4, 4, 2), margin(0)))).toEqual([
      [1, 3],
      [2, 3],
    ])
    const [first, second, other] = candidates(4, 3, 2)
    const twins = [{ ...first, text: 'same' }, { ...second, text: 'same' }, other]
    expect(idsOf(pairsOf(twins, margin(0)))).toEqual([[1, 3]])
  })
})

describe('length control', () => {
  // rewards 5, 4.7, 3, 1.2, 1 with rho 0.1: good from 4.6, bad up to 1.4
  const five = ofLengths([5, 90], [4.7, 40], [3, 10], [1.2, 80], [1, 50])

  it('prefers the shortest good response to the longest bad one', () => {
    expect(idsOf(pairsOf(five, by('length-controlled', { rho: 0.1 })))).toEqual([[2, 4]])
  })

  it('with rho 0 is the best against the worst', () => {
    expect(idsOf(pairsOf(five, by('length-controlled', { rho: 0 })))).toEqual([[1, 5]])
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { maxLength: 6 }), (rewards) => {
        const [controlled, best] = (['length-controlled', 'best-v-worst'] as const).map((name) =>
          pairOf(candidates(...rewards), by(name, { rho: 0 })),
        )
        const rewardsIn = (pair: Pair | undefined) => pair && [pair.chosenReward, pair.rejectedReward]
        expect(rewardsIn(controlled)).toEqual(rewardsIn(best))
      }),
      seeded,
    )
  })

  it('with rho 0.5 goes by length on either side of the middle', () => {
    expect(idsOf(pairsOf(five, by('length-controlled', { rho: 0.5 })))).toEqual([[3, 4]]) // good and bad both reach the middle, 3
  })
})

describe('anchored rejection', () => {
  it('pairs the best own candidate with the worst of M0’s, and no other', () => {
    const own = candidates(3, 5, 0)
    expect(idsOf(pairsOf([...own, anchor(4, 2), anchor(5, 1)], by('anchored')))).toEqual([[2, 5]])
    expect(pairsOf(own, by('anchored'))).toEqual([])
    expect(pairsOf([anchor(4, 2), anchor(5, 1)], by('anchored'))).toEqual([])
  })

  it('makes no pair where M0 answers better', () => {
    expect(pairsOf([...candidates(3, 2), anchor(4, 4), anchor(5, null)], by('anchored'))).toEqual([])
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
    reasons: [],
    comment: '',
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

  it('is needed for a pair to train, by the rule that takes only decided pairs', () => {
    const standing = { ...pair, reversed: false, dropped: false }
    expect(outcomeOf(standing, undefined, 'human-only')).toEqual({ trains: undefined, because: 'undecided' })
    expect(outcomeOf(standing, review('undo'), 'human-only').because).toBe('undecided')
    expect(outcomeOf(standing, review('agree'), 'human-only')).toMatchObject({ trains: { chosen: 'won' }, because: 'agree' })
    expect(outcomeOf({ ...standing, reversed: true }, undefined, 'human-only')).toMatchObject({
      trains: { chosen: 'lost' },
      because: 'rescore',
    })
    expect(outcomeOf(standing, undefined, 'best-v-worst').because).toBe('judge')
  })

  it('can replace the model’s texts', () => {
    expect(reviewedPair(pair, review('edit', { chosenText: 'better' }))).toEqual({ instruction: 'ask', chosen: 'better', rejected: 'lost' })
    expect(reviewedPair(pair, review('edit', { chosenText: 'lost' }))).toBeUndefined()
  })
})

describe('the share of prompts on which the judge decides', () => {
  it('counts those whose best and worst rewards differ, by the least gap or more', () => {
    const rewards = [[1, 1, 1], [1, 1.5], [3, 1, 2], [4], []]
    expect(decidedShareOf(rewards, 0)).toBe(2 / 4) // a prompt without rewards isn't counted
    expect(decidedShareOf(rewards, 0.5)).toBe(2 / 4)
    expect(decidedShareOf(rewards, 1)).toBe(1 / 4)
    expect(decidedShareOf([], 0)).toBeNull()
  })
})
