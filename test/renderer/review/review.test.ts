import { describe, expect, it } from 'vitest'
import type { QueueEntry, ReviewCandidate, ReviewDecision, ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { reasonsText } from '../../../renderer/components/decision-words.ts'
import { withToggled } from '../../../renderer/components/why/reason-actions.ts'
import { stepWords } from '../../../renderer/features/review/act-words.ts'
import { defaultFilter, filterOf, isFiltered, paramsOf } from '../../../renderer/features/review/filter-params.ts'
import { rangeWords } from '../../../renderer/features/review/filters.tsx'
import { withVote } from '../../../renderer/features/review/optimistic.ts'
import { withPart } from '../../../renderer/features/review/parts-form.tsx'
import { firstUnreviewed, keyOf, nextUnreviewed, spotOf, withItem, withLater } from '../../../renderer/features/review/queue-order.ts'
import { ownDecision, reasoningFor } from '../../../renderer/features/review/reasoning.ts'
import { marginText, rewardText } from '../../../renderer/features/review/reward-text.ts'
import { meaningOf } from '../../../renderer/features/review/score-input.tsx'
import { betterSide, coinOf, decisionFor, judgesSide, sidesOf, textOf } from '../../../renderer/features/review/sides.ts'
import { stopwatch } from '../../../renderer/features/review/stopwatch.ts'
import { wordDiff } from '../../../renderer/features/review/word-diff.ts'

const entry = (promptId: number, more: Partial<QueueEntry> = {}): QueueEntry => ({
  ...{ promptId, place: 0, iteration: 1, position: promptId, preview: '', pairId: promptId, margin: 1, doubt: 0.1, decision: null },
  ...{ reversed: false, rescored: false, overridden: false, noted: false },
  ...more,
})
const candidate = (id: number, judgeReward: number | null): ReviewCandidate => ({
  ...{
    id,
    sample: id,
    model: 'M1',
    text: `text ${id}`,
    tokens: 1,
    finishReason: 'stop',
    judgements: [],
    judgeReward,
    reward: null,
    parts: null,
  },
})
const item = (more: Partial<ReviewItem> = {}): ReviewItem => ({
  ...{ runId: 'r-1', promptId: 1, place: 0, iteration: 1, position: 0, prompt: 'ask', model: 'M1', trains: 'M2', trained: false },
  rewardRange: [0, 5],
  candidates: [candidate(1, 2), candidate(2, 4), candidate(3, 3)],
  pair: { id: 7, chosenId: 2, rejectedId: 1, reversed: false, doubt: 0.1 },
  ...{ decisions: [], earlier: [], rescores: [], notes: [], trainsAs: null, because: 'judge', entry: entry(1), siblings: [] },
  ...more,
})
const blindPair = [1, 2, 3, 4, 5, 6].find((id) => !coinOf(id))!

describe('sides', () => {
  it('show the chosen response on the left, but in blind mode by a coin flip that is always the same', () => {
    expect(sidesOf(item(), false)).toMatchObject({ left: { id: 2 }, right: { id: 1 }, chosenIsLeft: true })
    const mixed = item({ pair: { ...item().pair!, id: blindPair } })
    expect(sidesOf(mixed, true)).toMatchObject({ left: { id: 1 }, right: { id: 2 }, chosenIsLeft: false })
    expect(sidesOf(item({ pair: null }), true)).toBeNull()
    const heads = Array.from({ length: 1000 }, (_, id) => coinOf(id)).filter(Boolean).length
    expect(heads).toBeGreaterThan(440)
    expect(heads).toBeLessThan(560)
  })

  it('stay when a new score swaps chosen and rejected', () => {
    const turned = item({ pair: { ...item().pair!, reversed: true } })
    const sides = sidesOf(turned, false)!
    expect(sides.left.id).toBe(2)
    expect(betterSide(turned, sides)).toBe('right')
  })

  it('map to a decision on the stored pair, whichever side is better', () => {
    const mixed = sidesOf(item({ pair: { ...item().pair!, id: blindPair } }), true)!
    expect(decisionFor(mixed, 'right')).toBe('agree')
    expect(decisionFor(mixed, 'left')).toBe('swap')
    expect(judgesSide(mixed)).toBe('right')
  })

  it('follow the decision in effect', () => {
    const decided = (decision: ReviewDecision['decision'], more: object = {}) => withVote(item(), { decision, ...more })
    const side = (of: ReviewItem) => betterSide(of, sidesOf(of, false)!)
    expect([side(item()), side(decided('swap')), side(decided('tie')), side(decided('undo'))]).toEqual(['left', 'right', null, 'left'])
    const edited = decided('edit', { chosenText: 'Fixed.', reversed: true })
    const sides = sidesOf(edited, false)!
    expect(betterSide(edited, sides)).toBe('right')
    expect(textOf(edited, sides, 'right')).toEqual({ text: 'Fixed.', isEdited: true })
    expect(textOf(edited, sides, 'left')).toEqual({ text: 'text 2', isEdited: false })
  })
})

describe('reasons', () => {
  const draft = { reasons: ['clarity' as const], comment: 'short' }
  const stored = (reviewer: string) => {
    const voted = withVote(item(), { decision: 'swap', reasons: ['length'], comment: '' })
    return { ...voted, decisions: voted.decisions.map((decision) => ({ ...decision, id: 4, reviewer })) }
  }

  it('are the draft’s with the first decision, stay with the same decision, and go with another one', () => {
    expect(reasoningFor({ decision: 'swap' }, undefined, draft)).toEqual(draft)
    const own = ownDecision(stored('Ada'), 'Ada')
    expect(reasoningFor({ decision: 'swap' }, own, null)).toEqual({ reasons: ['length'], comment: '' })
    expect(reasoningFor({ decision: 'tie' }, own, null)).toEqual({ reasons: [], comment: '' })
  })

  it('of another user stay with that user', () => {
    expect(ownDecision(stored('Bo'), 'Ada')).toBeUndefined()
    expect(reasoningFor({ decision: 'swap' }, ownDecision(stored('Bo'), 'Ada'), null)).toEqual({ reasons: [], comment: '' })
    expect(ownDecision(withVote(item(), { decision: 'tie' }), 'Ada')?.decision).toBe('tie') // being stored
  })

  it('are turned on and off, and read as a clause', () => {
    expect(withToggled(withToggled(['length'], 'clarity'), 'length')).toEqual(['clarity'])
    expect(reasonsText({ reasons: ['correctness', 'instruction-following'], comment: '' })).toBe(
      'because of correctness, instruction following',
    )
    expect(reasonsText({ reasons: ['length'], comment: 'It rambles.' })).toBe('because of length: “It rambles.”')
    expect([reasonsText({ reasons: [], comment: 'x' }), reasonsText({ reasons: [], comment: '' })]).toEqual(['because: “x”', ''])
  })
})

describe('a queue that arrives', () => {
  const entries = [entry(1), entry(2), entry(3)]
  const voted = (promptId: number) => withVote(item({ promptId, entry: entry(promptId) }), { decision: 'tie' })

  it('after a vote lists the vote', () => {
    const listed = withLater(entries, [{ item: voted(2), at: 12 }], 10)
    expect(listed.map(({ decision }) => decision)).toEqual([null, 'tie', null])
    expect(firstUnreviewed(listed.slice(1))).toBe(1)
  })

  it('is newer than what was known before it was asked for, and older than what was learned last', () => {
    const [before, after] = [voted(1), item({ promptId: 2, entry: entry(2) })]
    const known = [
      { item: after, at: 14 },
      { item: before, at: 9 },
      { item: voted(2), at: 12 },
    ]
    expect(withLater(entries, known, 10)).toEqual(entries)
  })
})

describe('navigation in the queue', () => {
  const entries = [entry(1, { decision: 'agree' }), entry(2), entry(3, { rescored: true }), entry(4)]
  it('opens at the first unreviewed pair and continues with the next one, wrapping around', () => {
    expect(firstUnreviewed(entries)).toBe(1)
    expect(nextUnreviewed(entries, 1, 'all')).toBe(3)
    expect(nextUnreviewed(entries, 3, 'all')).toBe(1)
    expect(nextUnreviewed([entries[0], entries[2]], 0, 'all')).toBeNull()
  })

  it('goes to the very next pair when the filter selects reviewed ones', () => {
    expect(nextUnreviewed(entries, 0, 'reviewed')).toBe(1)
    expect(nextUnreviewed(entries, 3, 'noted')).toBeNull()
  })

  it('keeps the order when an entry changes', () => {
    const changed = withItem(entries, { promptId: 4, entry: entry(4, { decision: 'tie', doubt: 0.5 }), siblings: [] })
    expect(changed.map(({ promptId }) => promptId)).toEqual([1, 2, 3, 4])
    expect(changed[3].decision).toBe('tie')
  })

  it('updates all pairs of a prompt, and keeps the place of one that its scores no longer make', () => {
    const pairs = [
      entry(1, { pairId: 11 }),
      entry(2, { pairId: 21 }),
      entry(1, { place: 1, pairId: 12 }),
      entry(1, { place: 2, pairId: 13 }),
    ]
    const rescored = { rescored: true }
    const changed = withItem(pairs, {
      promptId: 1,
      entry: entry(1, { place: 1, pairId: 14, ...rescored }),
      siblings: [entry(1, { pairId: 11, ...rescored })],
    })
    expect(changed.map(({ promptId, place, pairId, rescored: is }) => [promptId, place, pairId, is])).toEqual([
      [1, 0, 11, true],
      [2, 0, 21, false],
      [1, 1, 14, true],
      [1, 2, null, true],
    ])
  })

  it('names a pair by its prompt, and by its place if it isn’t the prompt’s first', () => {
    for (const [key, spot] of [
      ['12', { promptId: 12, place: 0 }],
      ['12.3', { promptId: 12, place: 3 }],
    ] as const) {
      expect(keyOf(spot)).toBe(key)
      expect(spotOf(key)).toEqual(spot)
    }
    for (const text of ['', 'end', '1.', '-1', '1.2.3', '1e3']) expect(spotOf(text), text).toBeNull()
  })
})

describe('the filter in the URL', () => {
  it('survives a round trip', () => {
    const filter = {
      ...defaultFilter,
      iteration: 2,
      status: 'noted' as const,
      minScore: 0,
      maxScore: 2.5,
      search: 'a & b',
      sort: 'margin' as const,
    }
    expect(filterOf(new URLSearchParams(paramsOf(filter).toString()))).toEqual(filter)
    expect(isFiltered(filter)).toBe(true)
  })

  it('is empty for the default filter, and ignores invalid values', () => {
    expect(paramsOf(defaultFilter).toString()).toBe('')
    expect(filterOf(new URLSearchParams('status=x&sort=&iteration=-1&minScore=x&maxScore=abc'))).toEqual(defaultFilter)
    expect(isFiltered({ ...defaultFilter, sort: 'newest' })).toBe(false)
  })
})

describe('typed scores', () => {
  it('are numbers from 0 to 5, or empty; anything else is invalid', () => {
    expect(['', ' ', 4.5, '3.', 0, '5'].map((typed) => meaningOf(typed, [0, 5]))).toEqual([null, null, 4.5, 3, 0, 5])
    for (const typed of [7, '7', -1, '5.01', '-', 'x', Number.POSITIVE_INFINITY]) expect(meaningOf(typed, [0, 5]), String(typed)).toBeNaN()
  })

  it('make a readable range', () => {
    expect(rangeWords('score', null, null, [0, 5])).toBeNull()
    expect(rangeWords('score', 2.5, 2.7499, [0, 5])).toBe('score 2.5 to under 2.75')
    expect(rangeWords('score', 2.5, 2.75, [0, 5])).toBe('score 2.5 to 2.75')
    expect(rangeWords('margin', 1, null, [0, 5])).toBe('margin 1 to 5')
    expect([rangeWords('score', -2, null, null), rangeWords('score', null, 3, null)]).toEqual(['score from -2', 'score up to 3'])
  })
})

describe('decisions on the parts of a judgement', () => {
  const judged = [
    { text: 'a', weight: 1, yes: 0.5 },
    { text: 'b', weight: 3, yes: 0.2 },
  ]
  const none = { reward: null, parts: null }

  it('make the score, with the judge’s probability where nothing is decided', () => {
    const one = withPart(judged, none, 1, true)
    expect(one).toEqual({ reward: expect.closeTo((2 * 3.5) / 4, 12), parts: [null, true] })
    expect(withPart(judged, one, 0, false)).toEqual({ reward: expect.closeTo((2 * 3) / 4, 12), parts: [false, true] })
  })

  it('leave the judge’s score once all are cleared', () => {
    expect(withPart(judged, withPart(judged, none, 0, true), 0, null)).toEqual(none)
  })

  it('make a score that is written with two decimals if it has them', () => {
    expect([rewardText(4), rewardText(2.5), rewardText(0.875), rewardText(-0.1)]).toEqual(['4.0', '2.5', '0.88', '-0.1'])
    expect([marginText(1.26), marginText(0.1), marginText(0.0123), marginText(0)]).toEqual(['1.3', '0.1', '0.01', '0'])
  })
})

describe('an undo or redo', () => {
  const act = { id: 1, promptId: 3, place: 0, position: 2, decision: null, explains: false, subjects: 1 } as const
  it('is reported in words', () => {
    const batch = { ...act, kind: 'batch', promptId: null, position: null, decision: 'both-bad', subjects: 1250 } as const
    expect(stepWords('undo', { act: batch, kept: 0 })).toBe('Undone: 1,250 pairs left out.')
    expect(stepWords('redo', { act: batch, kept: 2 })).toBe(
      'Redone: 1,250 pairs left out. 2 pairs have newer decisions and were left as they are.',
    )
    expect(stepWords('undo', { act: { ...act, kind: 'note' }, kept: 0 })).toBe('Undone: the note.')
    expect(stepWords('undo', { act: { ...act, kind: 'rescore', subjects: 2 }, kept: 0 })).toBe('Undone: 2 manual scores.')
    expect(stepWords('undo', { act: { ...act, kind: 'decision', decision: 'tie' }, kept: 0 })).toBe('Undone: the tie.')
    expect(stepWords('redo', { act: { ...act, kind: 'decision', decision: 'tie', explains: true }, kept: 0 })).toBe('Redone: the reasons.')
  })
})

describe('word differences', () => {
  it('mark what only one of the texts has, and keep both texts complete', () => {
    const diff = wordDiff('The tide turns twice a day.', 'The tide rises twice a day.')!
    expect(diff.left.filter(({ isOwn }) => isOwn).map(({ text }) => text)).toEqual(['turns'])
    expect(diff.right.filter(({ isOwn }) => isOwn).map(({ text }) => text)).toEqual(['rises'])
    expect(diff.left.map(({ text }) => text).join('')).toBe('The tide turns twice a day.')
  })

  it('give up on long texts with nothing in common', () => {
    const text = (letter: string): string => Array.from({ length: 6000 }, (_, i) => `${letter}${i}`).join(' ')
    expect(wordDiff(text('a'), text('b'))).toBeUndefined()
  })
})

it('the time spent on a pair pauses while the window is hidden, and restarts with another pair', () => {
  let now = 0
  const watch = stopwatch(() => now)
  watch.lookAt('1')
  now = 4000
  watch.pause()
  now = 60_000
  watch.resume()
  now = 61_000
  watch.lookAt('1')
  expect(watch.seconds()).toBe(5)
  watch.lookAt('1.1')
  expect(watch.seconds()).toBe(0)
})
