import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ReviewsApi, reviewsApi } from '../../main/app/review/reviews.ts'
import { type QueueFilter, queueFilter } from '../../main/shared/contract/review-contract.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { makeReviewRun } from '../support/review-run.ts'

let folder: string
let store: Store
let reviews: ReviewsApi
let runId: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  store = openStore(join(folder, 'laurel.db'))
  reviews = reviewsApi(store)
  runId = makeReviewRun(store, { prompts: 40 })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

const filtered = (changes: Partial<QueueFilter> = {}) => reviews.queue(runId, queueFilter.parse(changes))
const pairIds = (): number[] => filtered({ sort: 'position' }).map(({ pairId }) => pairId!)

describe('the queue', () => {
  it('is most doubtful first: small margins and judgements that disagree', () => {
    const entries = filtered()
    expect(entries.length).toBeGreaterThan(20)
    const doubts = entries.map(({ doubt }) => doubt!)
    expect(doubts).toEqual(doubts.toSorted((a, b) => b - a))
    expect(new Set(doubts).size).toBeGreaterThan(5)
    expect(Math.max(...doubts)).toBeLessThan(0.5)
  })

  it('can be sorted by margin, by prompt, or by latest decision', () => {
    const margins = filtered({ sort: 'margin' }).map(({ margin }) => margin!)
    expect(margins).toEqual(margins.toSorted((a, b) => a - b))
    const positions = filtered({ sort: 'position' }).map(({ position }) => position)
    expect(positions).toEqual(positions.toSorted((a, b) => a - b))
    const [first, second] = pairIds()
    store.reviews.add({ pairId: second, decision: 'tie' })
    expect(filtered({ sort: 'newest' })[0].pairId).toBe(second)
    expect(filtered({ sort: 'newest' })[1].pairId).toBe(first)
  })

  it('in random order has the same pairs in an order that stays, whatever their doubt', () => {
    const [doubtful, random] = [filtered(), filtered({ sort: 'random' })]
    expect(random.map(({ pairId }) => pairId)).toEqual(filtered({ sort: 'random' }).map(({ pairId }) => pairId))
    expect(random.map(({ pairId }) => pairId!).toSorted()).toEqual(doubtful.map(({ pairId }) => pairId!).toSorted())
    expect(random.map(({ pairId }) => pairId)).not.toEqual(doubtful.map(({ pairId }) => pairId))
  })

  it('in stratified order takes turns between fifths of the pairs by doubt', () => {
    const ranks = new Map(filtered().map(({ pairId }, i) => [pairId, i]))
    const size = Math.ceil(ranks.size / 5)
    const strata = filtered({ sort: 'stratified' }).map(({ pairId }) => Math.floor(ranks.get(pairId)! / size))
    expect(strata.slice(0, 10)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
    expect(strata).toHaveLength(ranks.size)
  })

  it('filters by score and margin, bounds included', () => {
    const all = filtered()
    const kept = filtered({ minMargin: 1, maxMargin: 1.5 })
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.length).toBe(all.filter(({ margin }) => margin! >= 1 && margin! <= 1.5).length)
    for (const { promptId } of filtered({ minScore: 4.5 })) {
      expect(reviews.item(promptId).candidates.some(({ judgeReward }) => judgeReward! >= 4.5)).toBe(true)
    }
    expect(filtered({ minScore: 5, maxScore: 4 })).toEqual([])
  })

  it('finds a text in prompts and in the pair’s responses, ignoring case, with wildcards as plain text', () => {
    expect(filtered({ search: 'QUESTION 7)' }).map(({ position }) => position)).toEqual([7])
    expect(filtered({ search: 'to question 12.' }).map(({ position }) => position)).toEqual([12])
    expect(filtered({ search: '%' })).toEqual([])
    expect(filtered({ search: 'question_' })).toEqual([])
    expect(filtered({ iteration: 2 })).toEqual([])
  })

  it('distinguishes reviewed, unreviewed, overridden, and noted', () => {
    const [agreed, swapped, undone, noted, rescored] = filtered({ sort: 'position' })
    reviews.decide({ pairId: agreed.pairId!, decision: 'agree' })
    reviews.decide({ pairId: swapped.pairId!, decision: 'swap' })
    reviews.decide({ pairId: undone.pairId!, decision: 'tie' })
    reviews.decide({ pairId: undone.pairId!, decision: 'undo' })
    reviews.note(noted.promptId, 'Odd.')
    const before = reviews.item(rescored.promptId)
    reviews.rescore(before.pair!.chosenId, before.candidates.find(({ id }) => id === before.pair!.chosenId)!.judgeReward!)
    const of = (status: QueueFilter['status']) => filtered({ status, sort: 'position' }).map(({ promptId }) => promptId)
    expect(of('reviewed')).toEqual([agreed.promptId, swapped.promptId, rescored.promptId])
    expect(of('overridden')).toEqual([swapped.promptId]) // a score that changes nothing overrides nothing
    expect(of('noted')).toEqual([noted.promptId])
    expect(of('unreviewed')).toHaveLength(filtered().length - 3)
    reviews.note(noted.promptId, '  ')
    expect(of('noted')).toEqual([])
  })

  it('lists prompts without a pair separately, until a score makes one', () => {
    const [{ promptId }] = filtered({ status: 'without-pair' })
    expect(filtered().map((entry) => entry.promptId)).not.toContain(promptId)
    const [first, second] = reviews.item(promptId).candidates
    reviews.rescore(first.id, 5)
    const item = reviews.rescore(second.id, 0)
    expect(item).toMatchObject({ pair: { chosenId: first.id, rejectedId: second.id }, because: 'rescore' })
    expect(filtered({ status: 'overridden' }).map((entry) => entry.promptId)).toEqual([promptId])
  })
})

describe('undoing an action', () => {
  it('restores the state before it', () => {
    const [{ pairId, promptId }] = filtered()
    const undoLast = () => reviews.undo({ kind: 'decision', id: reviews.item(promptId).decisions.at(-1)!.id, promptId })
    reviews.decide({ pairId: pairId!, decision: 'tie' })
    reviews.decide({ pairId: pairId!, decision: 'swap' })
    expect(undoLast()).toMatchObject({ because: 'tie' })
    const [{ promptId: other, pairId: otherPair }] = filtered({ status: 'unreviewed' })
    const { decisions } = reviews.decide({ pairId: otherPair!, decision: 'agree' })
    expect(reviews.undo({ kind: 'decision', id: decisions[0].id, promptId: other })).toMatchObject({ because: 'judge' })
    expect(reviews.item(other).decisions.map(({ decision }) => decision)).toEqual(['agree', 'undo']) // nothing is erased
  })

  it('fails if another window has changed the decision since', () => {
    const [{ pairId, promptId }] = filtered()
    const { decisions } = reviews.decide({ pairId: pairId!, decision: 'tie' })
    reviewsApi(store).decide({ pairId: pairId!, decision: 'agree' })
    expect(() => reviews.undo({ kind: 'decision', id: decisions[0].id, promptId })).toThrow(expect.objectContaining({ code: 'BUSY' }))
  })

  it('applies to scores and notes as well', () => {
    const [{ promptId }] = filtered()
    const { pair } = reviews.item(promptId)
    reviews.rescore(pair!.rejectedId, 2)
    const { rescores } = reviews.rescore(pair!.rejectedId, 5)
    const scoreOf = (item: ReturnType<ReviewsApi['item']>) => item.candidates.find(({ id }) => id === pair!.rejectedId)?.reward
    expect(scoreOf(reviews.undo({ kind: 'rescore', id: rescores[1].id, promptId }))).toBe(2)
    reviews.note(promptId, 'one')
    const { notes } = reviews.note(promptId, 'two')
    expect(reviews.undo({ kind: 'note', id: notes[1].id, promptId }).notes.at(-1)?.text).toBe('one')
  })
})

describe('a bulk decision', () => {
  const bulk = (decision: 'agree' | 'both-bad', changes: Partial<QueueFilter> = {}) =>
    ({ runId, filter: queueFilter.parse(changes), decision, overwrite: true }) as const

  it('is previewed, applied in one step, and undone as one', () => {
    const [kept, swapped] = pairIds()
    reviews.decide({ pairId: swapped, decision: 'swap' })
    const wanted = bulk('agree')
    const { hash, count, left, overwrites, sample } = reviews.bulk.preview(wanted)
    expect([count, left, overwrites]).toEqual([pairIds().length, 0, 1])
    expect(sample).toHaveLength(5)
    const batch = reviews.bulk.apply(wanted, hash)
    expect(batch).toMatchObject({ decision: 'agree', pairs: count, undone: false })
    expect(reviews.bulk.preview(wanted)).toMatchObject({ count: 0, left: count })

    reviews.decide({ pairId: kept, decision: 'tie' }) // decided individually since: this stays
    expect(reviews.undoBatch(batch.id)).toEqual({ undone: count - 1, kept: 1 })
    const decided = filtered({ status: 'reviewed', sort: 'position' }).map(({ decision }) => decision)
    expect(decided).toEqual(['tie', 'swap']) // the swap from before is back
    expect(reviews.undoBatch(batch.id)).toEqual({ undone: 0, kept: 0 })
    expect(reviews.overview(runId).batches).toMatchObject([{ id: batch.id, undone: true }])
  })

  it('fails if the queue has changed since the preview', () => {
    const wanted = bulk('both-bad', { status: 'unreviewed' })
    const { hash } = reviews.bulk.preview(wanted)
    reviews.decide({ pairId: pairIds()[0], decision: 'tie' })
    expect(() => reviews.bulk.apply(wanted, hash)).toThrow(expect.objectContaining({ code: 'BUSY' }))
    expect(filtered({ status: 'reviewed' })).toHaveLength(1)
  })

  it('skips users’ decisions unless they are to be replaced', () => {
    reviews.decide({ pairId: pairIds()[0], decision: 'swap' })
    const wanted = { ...bulk('agree'), overwrite: false }
    const { hash, count, left, overwrites } = reviews.bulk.preview(wanted)
    expect([count, left, overwrites]).toEqual([pairIds().length - 1, 1, 0])
    reviews.bulk.apply(wanted, hash)
    expect(filtered({ status: 'overridden' })).toHaveLength(1)
  })

  it('confirms the current scores, including those set by users', () => {
    const [{ promptId }] = filtered()
    const { pair, candidates } = reviews.item(promptId)
    for (const { id } of candidates) reviews.rescore(id, id === pair!.rejectedId ? 5 : id === pair!.chosenId ? 0 : 3)
    const before = reviews.item(promptId).trainsAs
    const wanted = bulk('agree')
    reviews.bulk.apply(wanted, reviews.bulk.preview(wanted).hash)
    expect(reviews.item(promptId).trainsAs).toEqual(before)
    expect(filtered({ status: 'overridden' }).map((entry) => entry.promptId)).toEqual([promptId])
  })

  it('does not affect the agreement between judge and user', () => {
    const wanted = bulk('agree')
    reviews.bulk.apply(wanted, reviews.bulk.preview(wanted).hash)
    expect(reviews.overview(runId).agreement.n).toBe(0)
  })
})

describe('the overview', () => {
  it('counts by iteration and measures agreement over single votes', () => {
    const [a, b, c, d, e] = pairIds()
    for (const [pairId, decision] of [
      [a, 'agree'],
      [b, 'agree'],
      [c, 'swap'],
      [d, 'tie'],
    ] as const)
      reviews.decide({ pairId, decision, blind: pairId === a })
    reviews.decide({ pairId: e, decision: 'edit', chosenText: 'Other.' })
    const { iterations, agreement, waitsFor } = reviews.overview(runId)
    const total = pairIds().length
    expect(iterations).toMatchObject([
      { iteration: 1, model: 'M1', trains: 'M2', trained: false, pairs: total, reviewed: 5, overridden: 3, withoutPair: 40 - total },
    ])
    expect(agreement).toMatchObject({ n: 3, ties: 1, blind: 1, accuracy: 2 / 3 })
    expect(iterations[0].agreement).toEqual(agreement)
    expect(waitsFor).toBe(1)
  })

  it('lists runs with something to review, those that wait for it first', () => {
    const finished = makeReviewRun(store, { prompts: 5, status: 'finished', name: 'later' })
    store.runs.create({ name: 'nothing yet', recipe: {} })
    expect(reviews.runs().map(({ id }) => id)).toEqual([runId, finished])
    expect(reviews.runs()[0]).toMatchObject({ status: 'waiting-for-review', pairs: pairIds().length, reviewed: 0 })
  })
})

it('an edit that leaves an empty text is rejected', () => {
  const [pairId] = pairIds()
  expect(() => reviews.decide({ pairId, decision: 'edit', chosenText: ' \n' })).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
})

it('a window is notified of changes made in another one', async () => {
  const stop = new AbortController()
  const changes = reviews.changes(runId, stop.signal)
  const first = changes.next()
  const [{ pairId, promptId }] = filtered()
  const other = openStore(join(folder, 'laurel.db')) // as in another process
  reviewsApi(other).decide({ pairId: pairId!, decision: 'tie' })
  expect((await first).value).toEqual({ promptIds: [promptId] })
  const second = changes.next()
  makeReviewRun(other, { prompts: 3 })
  reviewsApi(other).note(promptId, 'seen')
  expect((await second).value).toEqual({ promptIds: [promptId] })
  other.close()
  stop.abort()
})

it('every review action stores the reviewer name set at that time', () => {
  let name = 'Ada'
  const named = reviewsApi(store, () => name)
  const [{ pairId, promptId }] = filtered()
  named.decide({ pairId: pairId!, decision: 'tie' })
  name = 'Grace'
  named.note(promptId, 'seen')
  const item = named.rescore(named.item(promptId).candidates[0].id, 5)
  expect(item.notes.at(-1)?.reviewer).toBe('Grace')
  expect(item.rescores.at(-1)?.reviewer).toBe('Grace')
  expect([...item.decisions, ...item.earlier.flatMap(({ decisions }) => decisions)].map(({ reviewer }) => reviewer)).toEqual(['Ada'])
  const bulk = { runId, filter: queueFilter.parse({ status: 'unreviewed' }), decision: 'agree', overwrite: false } as const
  named.bulk.apply(bulk, named.bulk.preview(bulk).hash)
  expect(store.reviews.newest(runId, 1).get(filtered({ status: 'reviewed' })[0].pairId!)?.reviewer).toMatch(/^(Ada|Grace)$/)
})
