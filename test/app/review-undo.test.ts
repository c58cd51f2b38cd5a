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
let ada: ReviewsApi
let grace: ReviewsApi
let runId: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  store = openStore(join(folder, 'laurel.db'))
  ada = reviewsApi(store, () => 'Ada')
  grace = reviewsApi(store, () => 'Grace')
  runId = makeReviewRun(store, { prompts: 30 })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

const entries = (changes: Partial<QueueFilter> = {}) => ada.queue(runId, queueFilter.parse({ sort: 'position', ...changes }))
const standing = (promptId: number) => {
  const newest = ada.item(promptId).decisions.at(-1)
  return newest === undefined || newest.decision === 'undo' ? null : `${newest.decision} by ${newest.reviewer}`
}
const bulk = (decision: 'agree' | 'both-bad' | 'undo', changes: Partial<QueueFilter> = {}) =>
  ({ runId, filter: queueFilter.parse({ sort: 'position', ...changes }), decision, overwrite: true }) as const
const applied = (api: ReviewsApi, wanted: ReturnType<typeof bulk>) => api.bulk.apply(wanted, api.bulk.preview(wanted).hash)

describe('undo keeps the reviewer', () => {
  it('a restored decision has its reviewer and its note, however it was restored', () => {
    const [{ pairId, promptId }, second] = entries()
    store.reviews.add({ pairId: pairId!, decision: 'both-bad', reviewer: 'Ada', note: 'off topic' })
    grace.decide({ pairId: pairId!, decision: 'agree' })
    grace.undoLast(runId)
    expect(store.reviews.history(pairId!).at(-1)).toMatchObject({ decision: 'both-bad', reviewer: 'Ada', note: 'off topic' })

    const { decisions } = grace.decide({ pairId: pairId!, decision: 'tie' })
    grace.undo({ kind: 'decision', id: decisions.at(-1)!.id, promptId })
    expect(standing(promptId)).toBe('both-bad by Ada')

    ada.decide({ pairId: second.pairId!, decision: 'swap' })
    const { id } = applied(grace, bulk('agree'))
    expect(standing(promptId)).toBe('agree by Grace')
    grace.undoBatch(id)
    expect([promptId, second.promptId].map(standing)).toEqual(['both-bad by Ada', 'swap by Ada'])
  })

  it('restored scores and notes keep their reviewers, too', () => {
    const [{ promptId }] = entries()
    const { pair } = ada.rescore(ada.item(promptId).pair!.rejectedId, 2)
    ada.note(promptId, 'from Ada')
    grace.scores(promptId, [
      { candidateId: pair!.rejectedId, reward: 5 },
      { candidateId: pair!.chosenId, reward: 0 },
    ])
    grace.note(promptId, 'from Grace')
    expect(grace.undoLast(runId).act).toMatchObject({ kind: 'note', promptId })
    expect(grace.undoLast(runId).act).toMatchObject({ kind: 'rescore', subjects: 2 })
    const item = ada.item(promptId)
    expect(item.notes.at(-1)).toMatchObject({ text: 'from Ada', reviewer: 'Ada' })
    const scores = (ids: number[]) => ids.map((id) => item.rescores.findLast(({ candidateId }) => candidateId === id)!)
    expect(scores([pair!.rejectedId, pair!.chosenId])).toMatchObject([{ reward: 2, reviewer: 'Ada' }, { reward: null }])
    expect(item.pair).toMatchObject({ id: pair!.id })
  })
})

describe('the undo stack', () => {
  it('moves back and forth through votes, batches, edits, scores, and notes, in order', () => {
    const [a, b, c, d] = entries()
    ada.decide({ pairId: a.pairId!, decision: 'tie' })
    const all = applied(ada, bulk('both-bad')).pairs
    ada.decide({ pairId: b.pairId!, decision: 'edit', chosenText: 'Better.' })
    ada.scores(c.promptId, [{ candidateId: ada.item(c.promptId).candidates[0].id, reward: 4 }])
    ada.note(d.promptId, 'odd')
    const expected = [
      { kind: 'note', position: d.position },
      { kind: 'rescore', position: c.position },
      { kind: 'decision', decision: 'edit', position: b.position },
      { kind: 'batch', decision: 'both-bad', subjects: all, promptId: null },
      { kind: 'decision', decision: 'tie', position: a.position },
    ]
    const states = [overall()]
    for (const act of expected) {
      expect(ada.acts(runId).undo).toMatchObject(act)
      expect(ada.undoLast(runId)).toMatchObject({ act, kept: 0 })
      states.push(overall())
    }
    expect(entries({ status: 'reviewed' })).toEqual([])
    expect(ada.acts(runId).undo).toBeNull()
    expect(() => ada.undoLast(runId)).toThrow(/nothing to undo/)
    for (const [i, act] of expected.toReversed().entries()) {
      expect(ada.acts(runId).redo).toMatchObject(act)
      expect(ada.redoLast(runId)).toMatchObject({ act, kept: 0 })
      expect(overall()).toEqual(states[expected.length - 1 - i])
    }
    expect(ada.acts(runId).redo).toBeNull()
    expect(() => ada.redoLast(runId)).toThrow(/nothing to redo/)
    expect(ada.undoLast(runId).act).toMatchObject(expected[0]) // and again
    expect(overall()).toEqual(states[1])
  })

  /** The complete current state, with reviewers. */
  const overall = () =>
    entries({ status: 'all' }).map(({ promptId, ...entry }) => {
      const { decisions, notes, candidates, trainsAs } = ada.item(promptId)
      return [
        entry.decision,
        decisions.at(-1)?.decision === 'undo' ? undefined : decisions.at(-1)?.reviewer,
        notes.at(-1)?.text || null,
        candidates.map(({ reward }) => reward),
        trainsAs,
      ]
    })

  it('survives a reload, and is shared between windows', () => {
    const [{ pairId, promptId }] = entries()
    ada.decide({ pairId: pairId!, decision: 'tie' })
    const reloaded = reviewsApi(store, () => 'Ada')
    expect(reloaded.acts(runId).undo).toMatchObject({ kind: 'decision', decision: 'tie', promptId })
    reloaded.undoLast(runId)
    expect(ada.acts(runId)).toMatchObject({ undo: null, redo: { decision: 'tie' } })
  })

  it('loses its redo part after a new action', () => {
    const [a, b] = entries()
    ada.decide({ pairId: a.pairId!, decision: 'tie' })
    ada.undoLast(runId)
    ada.decide({ pairId: b.pairId!, decision: 'swap' })
    expect(ada.acts(runId)).toMatchObject({ undo: { decision: 'swap' }, redo: null })
  })

  it('is separate for each reviewer, and skips what another reviewer has changed since', () => {
    const [a, b] = entries()
    ada.decide({ pairId: b.pairId!, decision: 'tie' })
    ada.decide({ pairId: a.pairId!, decision: 'tie' })
    grace.decide({ pairId: a.pairId!, decision: 'swap' })
    expect(ada.undoLast(runId).act).toMatchObject({ promptId: b.promptId })
    expect([a, b].map(({ promptId }) => standing(promptId))).toEqual(['swap by Grace', null])
    expect(ada.acts(runId).undo).toBeNull()
    grace.undoLast(runId)
    expect(standing(a.promptId)).toBe('tie by Ada')
    expect(ada.undoLast(runId).act).toMatchObject({ promptId: a.promptId }) // it counts again
  })

  it('undoes and redoes a batch except for pairs reviewed again since', () => {
    const [a] = entries()
    const { pairs } = applied(ada, bulk('agree'))
    grace.decide({ pairId: a.pairId!, decision: 'both-bad' })
    expect(ada.undoLast(runId)).toMatchObject({ act: { kind: 'batch', decision: 'agree', subjects: pairs - 1 }, kept: 1 })
    expect(entries({ status: 'reviewed' }).map(({ promptId }) => standing(promptId))).toEqual(['both-bad by Grace'])
    expect(ada.redoLast(runId)).toMatchObject({ act: { subjects: pairs - 1 }, kept: 1 })
    expect(entries({ status: 'overridden' }).map(({ promptId }) => standing(promptId))).toEqual(['both-bad by Grace'])
    const [newest] = ada.overview(runId).batches
    expect(newest).toMatchObject({ decision: 'agree', pairs: pairs - 1, undone: false })
    expect(ada.undoBatch(newest.id)).toEqual({ undone: pairs - 1, kept: 1 })
    expect(ada.overview(runId).batches.map(({ undone }) => undone)).toEqual([true, true])
  })

  it('one pair of a batch can be undone by itself', () => {
    const [{ pairId, promptId }, other] = entries()
    ada.decide({ pairId: pairId!, decision: 'tie' })
    applied(grace, bulk('agree'))
    grace.undo({ kind: 'decision', id: grace.item(promptId).decisions.at(-1)!.id, promptId })
    expect([promptId, other.promptId].map(standing)).toEqual(['tie by Ada', 'agree by Grace'])
    grace.undoLast(runId)
    expect(standing(promptId)).toBe('agree by Grace')
  })

  it('cleared decisions are restored with their reviewers', () => {
    const [a, b] = entries()
    ada.decide({ pairId: a.pairId!, decision: 'tie' })
    grace.decide({ pairId: b.pairId!, decision: 'swap' })
    applied(ada, bulk('undo'))
    expect([a, b].map(({ promptId }) => standing(promptId))).toEqual([null, null])
    ada.undoLast(runId)
    expect([a, b].map(({ promptId }) => standing(promptId))).toEqual(['tie by Ada', 'swap by Grace'])
    ada.redoLast(runId)
    expect([a, b].map(({ promptId }) => standing(promptId))).toEqual([null, null])
  })
})

describe('a batch is bound to its preview', () => {
  const confirming = () => ({ ...bulk('agree', { status: 'unreviewed' }), overwrite: false })

  it('another pair in place of one of them is rejected, although the count is the same', () => {
    const wanted = confirming()
    const [a, , , , , b] = entries()
    ada.decide({ pairId: a.pairId!, decision: 'both-bad' })
    const seen = ada.bulk.preview(wanted)
    grace.decide({ pairId: b.pairId!, decision: 'both-bad' }) // leaves the queue
    ada.undoLast(runId) // enters it
    expect(ada.bulk.preview(wanted).count).toBe(seen.count)
    expect(() => ada.bulk.apply(wanted, seen.hash)).toThrow(expect.objectContaining({ code: 'BUSY' }))
    expect(standing(a.promptId)).toBeNull()
    expect(ada.bulk.apply(wanted, ada.bulk.preview(wanted).hash).pairs).toBe(seen.count)
  })

  it.each([
    ['a decision to be replaced has changed', () => grace.decide({ pairId: entries()[0].pairId!, decision: 'swap' })],
    ['a score has reversed a pair', () => grace.rescore(ada.item(entries()[1].promptId).pair!.rejectedId, 5)],
    ['a training on the pairs has started', () => store.trainings.begin({ runId, name: 'M2', task: 'dpo', rows: 1, config: {} })],
  ])('%s', (_, change) => {
    ada.decide({ pairId: entries()[0].pairId!, decision: 'tie' })
    const all = bulk('both-bad')
    const { hash } = ada.bulk.preview(all)
    change()
    expect(() => ada.bulk.apply(all, hash)).toThrow(/changed since the preview/)
    expect(ada.overview(runId).batches).toEqual([])
  })

  it('changes elsewhere do not matter', () => {
    const wanted = confirming()
    const { hash, count } = ada.bulk.preview(wanted)
    const other = makeReviewRun(store, { prompts: 3, name: 'another' })
    grace.decide({ pairId: grace.queue(other, queueFilter.parse({}))[0].pairId!, decision: 'tie' })
    grace.note(entries()[0].promptId, 'seen')
    expect(ada.bulk.apply(wanted, hash).pairs).toBe(count)
  })
})

describe('a vote is blind', () => {
  it('only if its reviewer has not seen the scores in an earlier vote', () => {
    const [{ pairId }] = entries()
    ada.decide({ pairId: pairId!, decision: 'agree', blind: true })
    ada.undoLast(runId)
    expect(ada.decide({ pairId: pairId!, decision: 'swap', blind: true }).decisions.at(-1)?.blind).toBe(false)
    expect(grace.decide({ pairId: pairId!, decision: 'swap', blind: true }).decisions.at(-1)?.blind).toBe(true)
  })

  it('regardless of earlier batches', () => {
    applied(ada, bulk('agree'))
    const [{ pairId }] = entries()
    expect(ada.decide({ pairId: pairId!, decision: 'swap', blind: true }).decisions.at(-1)?.blind).toBe(true)
  })
})
