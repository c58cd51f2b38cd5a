import { describe, expect, it } from 'vitest'
import { copelandShare, isFlipped, preferenceOf } from '../../main/evaluation/copeland.ts'
import { parseChecklist } from '../../main/evaluation/parse-checklist.ts'
import { yesProbability } from '../../main/evaluation/yes-probability.ts'
import { partsOf, rewardOfParts, withPartsByHand } from '../../main/shared/judged-parts.ts'

describe('a comparison in both orders', () => {
  it('is decided by the mean, in which a preference for a place cancels', () => {
    expect(preferenceOf({ shown: 3, swapped: -1 })).toBe(1) // a true difference of 1 and a bias of 2
    expect(preferenceOf({ shown: 2, swapped: -2 })).toBe(0)
  })

  it('is flipped if the orders name different responses', () => {
    expect([isFlipped({ shown: 3, swapped: -1 }), isFlipped({ shown: 3, swapped: 1 }), isFlipped({ shown: -0, swapped: 0 })]).toEqual([
      true,
      false,
      false,
    ])
  })

  it('counts as a whole, a half, or nothing', () => {
    expect(copelandShare([0.1, -3, 0, 8])).toBe(2.5 / 4)
    expect(copelandShare([])).toBeNull()
  })
})

describe('the probability of yes', () => {
  it('ignores all other answers, and is null without any probability', () => {
    expect(yesProbability([Math.log(0.03), Math.log(0.01)])).toBeCloseTo(0.75, 12)
    expect(yesProbability([-900, -900])).toBe(0.5)
    expect(yesProbability([-Infinity, -1])).toBe(0)
    expect([yesProbability([-Infinity, -Infinity]), yesProbability([])]).toEqual([null, null])
  })
})

describe('a written checklist', () => {
  it('is read from the lines of its list', () => {
    const text =
      'Sure:\n\n- It names a river.\n* It is short.\n 3) [ ] It is true.\n[x] It rhymes.\n- It is short.\n-\nThat is all.\n-5 degrees'
    expect(parseChecklist(text)).toEqual(['It names a river.', 'It is short.', 'It is true.', 'It rhymes.'])
    expect(parseChecklist('No list here.')).toEqual([])
  })

  it('has at most ten requirements', () => {
    expect(parseChecklist(Array.from({ length: 30 }, (_, i) => `- Number ${i}.`).join('\n'))).toHaveLength(10)
  })
})

describe('the parts of a judgement', () => {
  const parts = [
    { text: 'a', weight: 2, yes: 0.5 },
    { text: 'b', weight: 1, yes: 0.2 },
  ]

  it('make the weighted mean times their number, with the user’s decisions in place of the judge’s', () => {
    expect(rewardOfParts(parts)).toBeCloseTo((2 * (2 * 0.5 + 0.2)) / 3, 12)
    expect(rewardOfParts(withPartsByHand(parts, [null, true]))).toBeCloseTo((2 * (2 * 0.5 + 1)) / 3, 12)
    expect(rewardOfParts(withPartsByHand(parts, [false, false]))).toBe(0)
    expect(rewardOfParts([])).toBeNull()
  })

  it('are read from its detail', () => {
    expect(partsOf({ parts })).toEqual(parts)
    expect([partsOf({ logprobs: [1] }), partsOf(null), partsOf({ parts: [] })]).toEqual([null, null, null])
  })
})
