import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readRows } from '../../main/app/charts/row-tables.ts'
import { promptPageOf } from '../../main/app/prompts/prompt-page.ts'
import { type ReviewsApi, reviewsApi } from '../../main/app/review/reviews.ts'
import { queueFilter } from '../../main/shared/contract/review-contract.ts'
import { reviewReasonsMigration } from '../../main/store/migrations/0021-review-reasons.ts'
import { migrate } from '../../main/store/migrations/migrate.ts'
import { migrations } from '../../main/store/migrations/migrations.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { makeReviewRun } from '../support/review-run.ts'

let folder: string
let store: Store
let ada: ReviewsApi
let bo: ReviewsApi
let runId: string
let pairs: { pairId: number; promptId: number }[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  store = openStore(join(folder, 'laurel.db'))
  ada = reviewsApi(store, () => 'Ada')
  bo = reviewsApi(store, () => 'Bo')
  runId = makeReviewRun(store, { prompts: 12 })
  pairs = ada.queue(runId, queueFilter.parse({ sort: 'position' })).map(({ pairId, promptId }) => ({ pairId: pairId!, promptId }))
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

const decisionOn = (place: number) => ada.item(pairs[place].promptId).decisions.at(-1)

describe('reasons', () => {
  it('are stored with the decision, each once and in the same order, with a comment', () => {
    const { decisions } = ada.decide({
      ...{ pairId: pairs[0].pairId, decision: 'swap', seconds: 4, blind: true },
      ...{ reasons: ['length', 'correctness', 'length'], comment: ' Its second step is wrong. ' },
    })
    expect(decisions).toEqual([
      expect.objectContaining({ decision: 'swap', reasons: ['correctness', 'length'], comment: 'Its second step is wrong.', blind: true }),
    ])
    expect(ada.decide({ pairId: pairs[1].pairId, decision: 'agree' }).decisions).toMatchObject([{ reasons: [], comment: '' }])
  })

  it('given afterwards are a new version of the same decision, whose time and blindness they leave', () => {
    ada.decide({ pairId: pairs[0].pairId, decision: 'edit', chosenText: 'Better.', seconds: 4, blind: true })
    const { decisions, trainsAs } = ada.explain({ pairId: pairs[0].pairId, of: 'edit', reasons: ['clarity'], comment: '' })
    const same = { decision: 'edit', chosenText: 'Better.', seconds: 4, blind: true, reviewer: 'Ada' }
    expect(decisions).toMatchObject([
      { ...same, reasons: [] },
      { ...same, reasons: ['clarity'] },
    ])
    expect(trainsAs?.chosen).toBe('Better.')
  })

  it('of another user are that user’s opinion, which isn’t blind', () => {
    ada.decide({ pairId: pairs[0].pairId, decision: 'swap', reasons: ['safety'], seconds: 4, blind: true })
    bo.explain({ pairId: pairs[0].pairId, of: 'swap', reasons: ['length'], comment: '' })
    expect(decisionOn(0)).toMatchObject({ decision: 'swap', reviewer: 'Bo', reasons: ['length'], blind: false, seconds: null })
  })

  it('need the decision that they are about', () => {
    const [{ pairId }] = pairs
    const explain = (of: 'tie' | 'agree') => () => ada.explain({ pairId, of, reasons: ['length'], comment: '' })
    expect(explain('tie')).toThrow(expect.objectContaining({ code: 'BUSY' }))
    bo.decide({ pairId, decision: 'agree' })
    expect(explain('tie')).toThrow(expect.objectContaining({ code: 'BUSY' }))
    bo.undoLast(runId)
    expect(explain('agree')).toThrow(expect.objectContaining({ code: 'BUSY' }))
    expect(explain('agree')).toThrow('The decision on this pair has changed.')
  })

  it('are undone and redone with the decision, or alone if they were given afterwards', () => {
    const [{ pairId }] = pairs
    ada.decide({ pairId, decision: 'tie', reasons: ['format'], comment: 'both are lists' })
    ada.explain({ pairId, of: 'tie', reasons: ['format', 'length'], comment: '' })
    expect(ada.undoLast(runId).act).toMatchObject({ kind: 'decision', decision: 'tie', explains: true })
    expect(decisionOn(0)).toMatchObject({ decision: 'tie', reasons: ['format'], comment: 'both are lists' })
    expect(ada.undoLast(runId).act).toMatchObject({ decision: 'tie', explains: false })
    expect(decisionOn(0)).toMatchObject({ decision: 'undo', reasons: [], comment: '' })
    ada.redoLast(runId)
    ada.redoLast(runId)
    expect(decisionOn(0)).toMatchObject({ decision: 'tie', reasons: ['length', 'format'], comment: '' })
  })

  it('are replaced by those of a later decision', () => {
    const [{ pairId }] = pairs
    ada.decide({ pairId, decision: 'tie', reasons: ['format'] })
    expect(ada.decide({ pairId, decision: 'agree' }).decisions.at(-1)).toMatchObject({ decision: 'agree', reasons: [] })
  })

  it('appear in the run’s pairs and, once for each decision, on the prompt’s page', () => {
    const [{ pairId, promptId }] = pairs
    ada.decide({ pairId, decision: 'swap' })
    ada.explain({ pairId, of: 'swap', reasons: ['correctness'], comment: 'made up' })
    const why = { decision: 'swap', reasons: ['correctness'], comment: 'made up' }
    const { rows } = readRows(store).pairs({ runId, iteration: 1, offset: 0, limit: 20 })
    expect(rows.find(({ id }) => id === pairId)).toMatchObject(why)
    expect(rows.find(({ id }) => id === pairs[1].pairId)).toMatchObject({ decision: null, reasons: [], comment: '' })
    expect(promptPageOf(store, `prompt:${promptId}`).decisions).toEqual([expect.objectContaining({ ...why, reviewer: 'Ada' })])
  })
})

describe('the overview', () => {
  const reasons = () => ada.overview(runId).reasons

  it('counts each reason once for each pair and reviewer, the most frequent first', () => {
    for (const { pairId } of pairs.slice(0, 3)) ada.decide({ pairId, decision: 'agree', reasons: ['length'] })
    ada.explain({ pairId: pairs[0].pairId, of: 'agree', reasons: ['length', 'clarity'], comment: '' })
    bo.decide({ pairId: pairs[0].pairId, decision: 'edit', chosenText: 'Better.', reasons: ['clarity'] })
    bo.decide({ pairId: pairs[1].pairId, decision: 'both-bad', reasons: ['clarity'] })
    bo.decide({ pairId: pairs[2].pairId, decision: 'tie', reasons: ['clarity'] })
    expect(reasons()).toEqual([
      {
        ...{ reason: 'clarity', n: 4 },
        by: [
          { name: 'Bo', n: 3 },
          { name: 'Ada', n: 1 },
        ],
      },
      { reason: 'length', n: 3, by: [{ name: 'Ada', n: 3 }] },
    ])
  })

  it('counts neither the reasons nor the opinion of a decision that was undone, also if another user’s stands again', () => {
    const [{ pairId }] = pairs
    ada.decide({ pairId, decision: 'agree', reasons: ['length'] })
    bo.decide({ pairId, decision: 'swap', reasons: ['safety'] })
    bo.undoLast(runId)
    expect(reasons()).toEqual([{ reason: 'length', n: 1, by: [{ name: 'Ada', n: 1 }] }])
    expect(ada.overview(runId).reviewers.map(({ name }) => name)).toEqual(['Ada'])
    bo.redoLast(runId)
    expect(reasons().map(({ reason }) => reason)).toEqual(expect.arrayContaining(['length', 'safety']))
    bo.undoLast(runId)
    ada.undoLast(runId)
    expect(reasons()).toEqual([])
    expect(ada.overview(runId).between).toEqual([])
  })
})

it('a database from before reasons keeps its decisions, without reasons', () => {
  const path = join(folder, 'old.db')
  const old = new Sqlite(path)
  migrate(old, path, migrations.slice(0, migrations.indexOf(reviewReasonsMigration)))
  old.exec(`
    INSERT INTO runs (id, name, recipe, created_at) VALUES ('r-1', 'old', '{}', '2026-01-01');
    INSERT INTO prompts (id, run_id, iteration, round, place, text, position, demonstrations) VALUES (1, 'r-1', 1, 0, 0, 'ask', 0, '[]');
    INSERT INTO candidates (id, prompt_id, sample, text, tokens, finish_reason, seed) VALUES (1, 1, 0, 'a', 1, 'stop', 0), (2, 1, 1, 'b', 1, 'stop', 0);
    INSERT INTO pairs (id, prompt_id, chosen_id, rejected_id, chosen_reward, rejected_reward, chosen_variance, rejected_variance, made_by)
      VALUES (1, 1, 1, 2, 4, 1, 0, 0, 'judge');
    INSERT INTO reviews (pair_id, decision, note, reviewer, at) VALUES (1, 'swap', 'odd', 'Ada', '2026-01-02');`)
  old.close()
  const opened = openStore(path)
  expect(opened.reviews.history(1)).toMatchObject([{ decision: 'swap', note: 'odd', reviewer: 'Ada', reasons: [], comment: '' }])
  opened.close()
})
