import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { distributionsOf, reviewedOf } from '../../main/app/charts/distributions.ts'
import { readRows } from '../../main/app/charts/row-tables.ts'
import { timelineOf } from '../../main/app/charts/timeline.ts'
import { runExports } from '../../main/app/export/exports.ts'
import { type ReviewsApi, reviewsApi } from '../../main/app/review/reviews.ts'
import { importFile } from '../../main/data/import-file.ts'
import { reportOf } from '../../main/loop/iteration-report.ts'
import { outcomesOf } from '../../main/loop/preferences/training-pairs.ts'
import { type QueueEntry, type QueueFilter, queueFilter, type ReviewItem } from '../../main/shared/contract/review-contract.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { makeReviewRun } from '../support/review-run.ts'

/** A rule that makes several pairs of a prompt: three candidates give up to three. */

let folder: string
let store: Store
let reviews: ReviewsApi
let runId: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  store = openStore(join(folder, 'laurel.db'))
  reviews = reviewsApi(store, () => 'Ada')
  runId = makeReviewRun(store, { prompts: 40, pairs: { rule: 'all-above-margin' } })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

const queue = (changes: Partial<QueueFilter> = {}): QueueEntry[] =>
  reviews.queue(runId, queueFilter.parse({ sort: 'position', ...changes }))
const judgesPairs = () => store.pairs.ofIteration(runId, 1)
/** The first prompt with three pairs, and its entries. */
function threePairs(): QueueEntry[] {
  const prompts = Map.groupBy(queue(), ({ promptId }) => promptId)
  return [...prompts.values()].find(({ length }) => length === 3)!
}
const trainedTexts = (promptId: number): string[][] =>
  [...outcomesOf({ store, runId, iteration: 1 })]
    .filter(({ pair }) => pair.promptId === promptId)
    .flatMap(({ trains }) => (trains === undefined ? [] : [[trains.chosen, trains.rejected]]))
const textsOf = ({ pair, candidates }: ReviewItem): (string | undefined)[] =>
  [pair?.chosenId, pair?.rejectedId].map((id) => candidates.find((candidate) => candidate.id === id)?.text)

/** The row of two candidates' pair. */
const pairOf = (promptId: number, one: number, other: number) =>
  store.pairs.ofPrompt(promptId).find(({ chosenId, rejectedId }) => new Set([one, other, chosenId, rejectedId]).size === 2)!

describe('the queue', () => {
  it('has an entry for each pair, the widest gap of a prompt first, and one for each prompt without a pair', () => {
    const entries = queue()
    expect(entries.map(({ pairId }) => pairId)).toEqual(judgesPairs().map(({ id }) => id))
    for (const ofPrompt of Map.groupBy(entries, ({ promptId }) => promptId).values()) {
      expect(ofPrompt.map(({ place }) => place)).toEqual([...ofPrompt.keys()])
      const margins = ofPrompt.map(({ margin }) => margin!)
      expect(margins).toEqual(margins.toSorted((a, b) => b - a))
    }
    const without = queue({ status: 'without-pair' })
    expect(new Set([...entries, ...without].map(({ promptId }) => promptId)).size).toBe(40)
    expect(without.every(({ place, pairId }) => place === 0 && pairId === null)).toBe(true)
  })

  it('counts pairs, not prompts', () => {
    const pairs = judgesPairs().length
    expect(pairs).toBeGreaterThan(40)
    const { iterations } = reviews.overview(runId)
    expect(iterations[0]).toMatchObject({ pairs, reviewed: 0, withoutPair: queue({ status: 'without-pair' }).length })
    expect(reviews.runs()[0]).toMatchObject({ pairs, reviewed: 0 })
    expect(store.overviews.unreviewed(runId, 1)).toBe(pairs)
  })
})

describe('a decision', () => {
  it('is about one pair of the prompt, and the others stay as the judge ranked them', () => {
    const [first, second, third] = threePairs()
    const decided = reviews.decide({ pairId: second.pairId!, decision: 'swap' })
    expect(decided).toMatchObject({ place: 1, because: 'swap', entry: { place: 1, decision: 'swap' } })
    expect(decided.siblings.map(({ place, decision }) => [place, decision])).toEqual([
      [0, null],
      [2, null],
    ])
    const items = [0, 1, 2].map((place) => reviews.item(first.promptId, place))
    expect(items.map(({ because }) => because)).toEqual(['judge', 'swap', 'judge'])
    expect(trainedTexts(first.promptId)).toEqual([textsOf(items[0]), textsOf(items[1]).toReversed(), textsOf(items[2])])
    reviews.decide({ pairId: third.pairId!, decision: 'tie' })
    expect(trainedTexts(first.promptId)).toHaveLength(2)
    expect(reviews.overview(runId).iterations[0]).toMatchObject({ reviewed: 2, overridden: 2 })
  })

  it('isn’t blind if its reviewer has seen the scores of another pair of the prompt', () => {
    const [first, second] = threePairs()
    reviews.decide({ pairId: first.pairId!, decision: 'agree', blind: true })
    reviews.decide({ pairId: second.pairId!, decision: 'agree', blind: true })
    expect([first, second].map(({ pairId }) => store.reviews.history(pairId!).at(-1)!.blind)).toEqual([true, false])
  })

  it('is undone at its own place', () => {
    const [first, second] = threePairs()
    reviews.decide({ pairId: first.pairId!, decision: 'tie' })
    reviews.decide({ pairId: second.pairId!, decision: 'tie' })
    expect(reviews.undoLast(runId).act).toMatchObject({ kind: 'decision', promptId: second.promptId, place: 1 })
    expect([0, 1].map((place) => reviews.item(first.promptId, place).because)).toEqual(['tie', 'judge'])
    expect(reviews.acts(runId)).toMatchObject({ undo: { place: 0 }, redo: { place: 1 } })
  })

  it('on many pairs reaches all pairs of a prompt', () => {
    const bulk = { runId, filter: queueFilter.parse({}), decision: 'both-bad', overwrite: false } as const
    const { hash, count } = reviews.bulk.preview(bulk)
    expect(count).toBe(judgesPairs().length)
    expect(reviews.bulk.apply(bulk, hash).pairs).toBe(count)
    expect([...outcomesOf({ store, runId, iteration: 1 })].every(({ trains }) => trains === undefined)).toBe(true)
  })
})

describe('a rescore', () => {
  /** Sets the scores of a prompt's candidates, in the order of sampling. */
  const score = (promptId: number, ...scores: (number | null)[]): ReviewItem =>
    reviews.scores(
      promptId,
      reviews.item(promptId).candidates.map(({ id }, i) => ({ candidateId: id, reward: scores[i] })),
    )

  it('rebuilds all pairs of the prompt in the rule’s order', () => {
    const { promptId } = threePairs()[0]
    const [a, b, c] = reviews.item(promptId).candidates.map(({ text }) => text)
    score(promptId, 1, 5, 2)
    expect(trainedTexts(promptId)).toEqual([
      [b, a], // 4 apart
      [b, c], // 3
      [c, a], // 1
    ])
    score(promptId, 5, 1, 2)
    expect(trainedTexts(promptId)).toEqual([
      [a, b],
      [a, c],
      [c, b],
    ])
  })

  it('can leave fewer pairs: a place without one shows the prompt, and its decisions stay in the history', () => {
    const { promptId } = threePairs()[0]
    const [a, b, c] = reviews.item(promptId).candidates
    const lost = pairOf(promptId, a.id, b.id)
    reviews.decide({ pairId: lost.id, decision: 'tie' })
    const item = score(promptId, 4, 4, 1) // the first two tie
    expect(trainedTexts(promptId)).toEqual([
      [a.text, c.text],
      [b.text, c.text],
    ])
    expect(item).toMatchObject({ place: 0, siblings: [{ place: 1 }], earlier: [{ decisions: [{ decision: 'tie' }] }] })
    const gone = reviews.item(promptId, 2)
    expect(gone).toMatchObject({ place: 2, pair: null, because: 'rescore', trainsAs: null, entry: { place: 2, pairId: null } })
    expect(gone.siblings.map(({ place }) => place)).toEqual([0, 1])
  })

  it('can leave none, and undone restores the judge’s pairs with their decisions', () => {
    const entries = threePairs()
    const { promptId } = entries[0]
    reviews.decide({ pairId: entries[1].pairId!, decision: 'swap' })
    const before = trainedTexts(promptId)
    score(promptId, 3, 3, 3)
    expect(trainedTexts(promptId)).toEqual([])
    expect(store.pairs.standing(runId, 1).filter((pair) => pair.promptId === promptId && pair.dropped)).toHaveLength(3)
    expect(queue({ status: 'without-pair' }).filter((entry) => entry.promptId === promptId)).toHaveLength(1)
    reviews.undoLast(runId)
    expect(trainedTexts(promptId)).toEqual(before)
    expect(
      queue()
        .filter((entry) => entry.promptId === promptId)
        .map(({ pairId }) => pairId),
    ).toEqual(entries.map(({ pairId }) => pairId))
  })

  it('refuses a decision on a pair that the scores no longer make', () => {
    const { promptId } = threePairs()[0]
    const [a, b] = reviews.item(promptId).candidates
    score(promptId, 4, 4, 1)
    expect(() => reviews.decide({ pairId: pairOf(promptId, a.id, b.id).id, decision: 'agree' })).toThrow(
      expect.objectContaining({ code: 'BUSY' }),
    )
  })
})

describe('exports and charts', () => {
  it('contain every pair once, with its own decision', async () => {
    const exports = runExports(store, folder)
    const [first, second] = threePairs()
    reviews.decide({ pairId: second.pairId!, decision: 'both-bad' })
    const choice = { run: runId, what: 'pairs', form: 'trl', iterations: null, model: null } as const
    const { path } = exports.write({ ...choice, pairs: 'reviewed' }, `${folder}-reviewed.jsonl`)
    const { preferences } = await importFile(path)
    expect(preferences.map(({ chosen, rejected }) => [chosen, rejected])).toEqual(
      judgesPairs()
        .filter(({ id }) => id !== second.pairId)
        .map(({ chosenText, rejectedText }) => [chosenText, rejectedText]),
    )
    expect(exports.exportable(runId).iterations).toMatchObject([{ pairs: judgesPairs().length, reviewed: 1 }])
    expect(exports.summary({ ...choice, pairs: 'judged' }).rows).toBe(judgesPairs().length)
    expect(trainedTexts(first.promptId)).toHaveLength(2)
    rmSync(path)
  })

  it('count candidates once, and pairs as often as there are', () => {
    const run = store.runs.resolve(runId)
    const pairs = judgesPairs()
    const [distribution] = distributionsOf(store, reviewedOf(store))(run)
    const rewarded = store.candidates.ofIteration(runId, 1).length - distribution.unrewarded
    expect(distribution.n).toEqual({ candidates: rewarded, chosen: pairs.length, rejected: pairs.length })
    expect(distribution.pairs).toBe(pairs.length)
    expect(distribution.mean.chosen).toBeCloseTo(pairs.reduce((sum, { chosenReward }) => sum + chosenReward!, 0) / pairs.length, 12)
    const report = reportOf({ store, runId }, 1, 'M1')
    expect(report).toMatchObject({ pairs: pairs.length, yield: new Set(pairs.map(({ promptId }) => promptId)).size / 40 })
    const pairStage = timelineOf(store, reviewedOf(store), run).stages.find(({ stage }) => stage === 'pairs')
    expect(pairStage).toMatchObject({ made: pairs.length, of: null })
  })

  it('list every candidate once, with the number of its pairs', () => {
    const { total, rows } = readRows(store).candidates({ runId, iteration: 1, offset: 0, limit: 200 })
    expect([total, rows.length, new Set(rows.map(({ id }) => id)).size]).toEqual([120, 120, 120])
    const pairs = judgesPairs()
    for (const { id, chosen, rejected } of rows) {
      expect(chosen).toBe(pairs.filter(({ chosenId }) => chosenId === id).length)
      expect(rejected).toBe(pairs.filter(({ rejectedId }) => rejectedId === id).length)
    }
    expect(rows.some(({ chosen }) => chosen === 2)).toBe(true)
    const shown = readRows(store).pairs({ runId, iteration: 1, offset: 0, limit: 200 })
    expect(shown.rows.map(({ id }) => id)).toEqual(pairs.map(({ id }) => id))
  })
})
