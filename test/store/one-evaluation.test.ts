import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { evaluationResults } from '../../main/app/evaluations/evaluations.ts'
import { homePaths } from '../../main/common/home.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { evaluateModel } from '../../main/loop/evaluation/evaluate-model.ts'
import { storedRecipe } from '../../main/loop/recipe/stored-recipe.ts'
import type { Stage } from '../../main/loop/run-context.ts'
import { onOneEngine } from '../../main/loop/run-engines.ts'
import { checkOf } from '../../main/store/database/integrity.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { evaluationJobsOn } from '../support/evaluation-jobs.ts'
import { fixtureFile } from '../support/shared.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { writeModel } from '../support/stand-in-training.ts'

/**
 * Migration 8 makes one family of tables out of two: evaluations of runs and those requested by hand. The frozen database is of schema 7; it
 * lacks evaluations by hand, judgements of answers, and interrupted evaluations, which are added here.
 */
const home = mkdtempSync(join(tmpdir(), 'laurel-test-'))
const path = homePaths(home).database
const runId = 'r-7nvk2'
const handMade = { halfDone: 3, judge: 4, accuracy: 7, likelihood: 8, scored: 9 }

/** Reads that give the same rows before and after: the former tables are views. */
const same = {
  answers: 'SELECT run_id, model, purpose, position, instruction, text, tokens, finish_reason FROM answers ORDER BY 1, 2, 3, 4',
  comparisons: 'SELECT run_id, model, against, position, swapped, judge, text, verdict FROM comparisons ORDER BY 1, 2, 3, 4, 5',
}
/** Reads of schema 7, and what gives the same rows in schema 8. */
const moved: Record<string, readonly [before: string, after: string]> = {
  'figures of runs': [
    'SELECT run_id, model, kind, against, judge, result FROM evaluations ORDER BY id',
    'SELECT run_id, model, kind, against, judge, result FROM evaluations WHERE run_id IS NOT NULL ORDER BY id',
  ],
  'evaluations by hand, with their ids': [
    'SELECT id, kind, title, settings, total, seconds, result, created_at FROM suites ORDER BY id',
    'SELECT id, kind, title, settings, total, seconds, result, created_at FROM evaluations WHERE run_id IS NULL ORDER BY id',
  ],
  'judgements of candidates and of examples, with their ids': [
    `SELECT id, candidate_id, example_id, judge, sample, text, score, detail FROM judgements
     WHERE answer_id IS NULL AND coalesce((SELECT kind FROM examples WHERE id = example_id), '') <> 'ranked-held-out' ORDER BY id`,
    'SELECT id, candidate_id, example_id, judge, sample, text, score, detail FROM judgements ORDER BY id',
  ],
  'judgements of answers': [
    `SELECT a.run_id, a.model, a.purpose, j.judge, a.position, j.sample, j.text, j.score, j.detail
     FROM judgements j JOIN answers a ON a.id = j.answer_id ORDER BY 1, 2, 3, 4, 5, 6`,
    `SELECT run_id, part ->> 1, part ->> 2, part ->> 3, position, sample, value ->> 'text', value ->> 'score', value -> 'detail'
     FROM evaluation_units WHERE part ->> 0 = 'judgements' AND run_id IS NOT NULL ORDER BY 1, 2, 3, 4, 5, 6`,
  ],
  'judgements of ranked answers that were held out': [
    `SELECT e.run_id, j.judge, e.position, j.sample, j.text, j.score, j.detail
     FROM judgements j JOIN examples e ON e.id = j.example_id AND e.kind = 'ranked-held-out' ORDER BY 1, 2, 3, 4`,
    `SELECT run_id, part ->> 1, position, sample, value ->> 'text', value ->> 'score', value -> 'detail'
     FROM evaluation_units WHERE part ->> 0 = 'ranked' AND run_id IS NOT NULL ORDER BY 1, 2, 3, 4`,
  ],
  'values of units by hand': [
    'SELECT suite_id, position, sample, value FROM suite_units ORDER BY 1, 4, 2, 3',
    'SELECT evaluation_id, position, sample, value FROM evaluation_units WHERE run_id IS NULL ORDER BY 1, 4, 2, 3',
  ],
}

function read(sql: string): unknown[] {
  const db = new Sqlite(path, { readonly: true })
  try {
    return db.prepare(sql).raw().all()
  } finally {
    db.close()
  }
}

const prompts = ['one?', 'two?', 'three?', 'four?']
const model = (name: string) => ({ id: name, label: name, path: join(home, name) })
const answer = (text: string) => ({ text, finishReason: 'stop' })
const headToHead = (deciding: object) => ({
  ...{ kind: 'head-to-head', model: model('base'), against: model('other'), judge: model('base'), deciding },
  answering: { temperature: 0.7, top_p: 0.9, top_k: 0, max_new_tokens: 20, stop: [] },
  ...{ source: { from: 'file', path: '/gone.jsonl' }, count: 4, seed: 3 },
})

function addOldRows(): void {
  const db = new Sqlite(path)
  db.pragma('foreign_keys = ON')
  const suite = db.prepare(
    `INSERT INTO suites (id, kind, title, settings, status, total, seconds, result, created_at, finished_at, cancel_requested)
     VALUES (?, ?, ?, ?, ?, 16, 2.5, ?, '2026-11-01T00:00:00.000Z', ?, ?)`,
  )
  const unit = db.prepare('INSERT INTO suite_units (suite_id, part, position, sample, value) VALUES (?, ?, ?, ?, ?)')
  const finished = [JSON.stringify({ n: 4 }), '2026-11-01T00:01:00.000Z', 0]
  const units = (id: number, part: string, values: readonly unknown[]): void =>
    values.forEach((value, position) => void unit.run(id, part, position, 0, JSON.stringify(value)))

  const pairwise = headToHead({ method: 'pairwise', prompt: 'pairwise', maxNewTokens: 20 })
  suite.run(handMade.halfDone, 'head-to-head', 'base v other', JSON.stringify(pairwise), 'cancelled', null, null, 1)
  units(handMade.halfDone, 'inputs', prompts)
  units(handMade.halfDone, 'own answers', prompts.map(answer))
  units(handMade.halfDone, 'other answers', prompts.slice(0, 2).map(answer))
  unit.run(handMade.halfDone, 'other answers, left out', 2, 0, JSON.stringify({ reason: 'too long' }))

  suite.run(handMade.judge, 'judge', 'base', JSON.stringify({ kind: 'judge', model: model('base') }), 'finished', ...finished)
  units(handMade.judge, 'judgements', [{ text: 'Score: 3', score: 3 }])
  suite.run(handMade.accuracy, 'accuracy', 'base', JSON.stringify({ kind: 'accuracy', model: model('base') }), 'finished', ...finished)
  units(handMade.accuracy, 'scores', [answer('a checker may have any name')])
  units(handMade.accuracy, 'scores, left out', [{ reason: 'too long' }])
  suite.run(
    handMade.likelihood,
    'likelihood',
    'base',
    JSON.stringify({ kind: 'likelihood', model: model('base') }),
    'finished',
    ...finished,
  )
  units(handMade.likelihood, 'scores', [{ logprob: -1.1000000000000001, tokens: 3 }])
  const scored = headToHead({ method: 'score', judge: {} })
  suite.run(handMade.scored, 'head-to-head', 'scored', JSON.stringify(scored), 'finished', ...finished)
  units(handMade.scored, 'other judgements', [{ text: 'Score: 1', score: 1 }])
  units(handMade.scored, 'verdicts', [{ text: '[[A]]', verdict: 'A' }])

  db.prepare(`INSERT INTO answers (run_id, model, purpose, position, instruction, text, tokens, finish_reason)
     VALUES (?, 'M1', 'a "check"/2', 0, 'why?', ?, 3, 'length')`).run(runId, 'because\u0001 “of” \\ that\n')
  const judgement = db.prepare(
    `INSERT INTO judgements (answer_id, judge, sample, text, score, detail) SELECT id, ?, 0, 'because', ?, ? FROM answers WHERE model = 'M1'`,
  )
  judgement.run('M1', 0.1 + 0.2, JSON.stringify([0.1, 0.9]))
  judgement.run('M3', null, null)

  // Interrupted while M3 was evaluated: two figures weren't stored, nor two of the verdicts of the third.
  db.exec(`DELETE FROM evaluations WHERE model = 'M3'; DELETE FROM comparisons WHERE model = 'M3' AND against = 'M2' AND position = 2`)
  db.close()
}

/** An engine that records the model and the number of rows of each request. */
function watchedEngine(): { engine: Engine; asked: [string, number][] } {
  const asked: [string, number][] = []
  const engine = standInEngine()
  return {
    asked,
    engine: {
      ...engine,
      generate(params, options) {
        asked.push([params.model, params.rows.length])
        return engine.generate(params, options)
      },
    },
  }
}

const before = new Map<string, unknown[]>()
let figuresOfM3: Record<string, unknown>
let store: Store
beforeAll(() => {
  cpSync(fixtureFile('homes/0.1.0'), home, { recursive: true })
  figuresOfM3 = Object.fromEntries(
    (read(`SELECT kind || against, result FROM evaluations WHERE model = 'M3'`) as [string, string][]).map(([key, result]) => [
      key,
      JSON.parse(result),
    ]),
  )
  addOldRows()
  for (const [name, sql] of Object.entries(same)) before.set(name, read(sql))
  for (const [name, [sql]] of Object.entries(moved)) before.set(name, read(sql))
  store = openStore(path)
})
afterAll(() => {
  store.close()
  rmSync(home, { recursive: true, force: true })
})

describe('a database with evaluations of runs and evaluations by hand', () => {
  test('is sound after the migration', () => {
    expect(checkOf(path)).toEqual([])
  })

  test.each(Object.keys(same))('keeps its %s, for readers of SQL too', (name) => {
    expect(before.get(name)!.length).toBeGreaterThan(10)
    expect(read(same[name as keyof typeof same])).toEqual(before.get(name))
  })

  test.each(Object.keys(moved))('keeps its %s', (name) => {
    expect(before.get(name)!.length).toBeGreaterThan(3)
    expect(read(moved[name][1])).toEqual(before.get(name))
  })

  test('has each unit by hand in its part', () => {
    const parts = read('SELECT DISTINCT evaluation_id, part FROM evaluation_units WHERE run_id IS NULL ORDER BY 1, 2')
    expect(parts.map((row) => [(row as unknown[])[0], JSON.parse((row as string[])[1])])).toEqual([
      [handMade.halfDone, ['answers', 'other', 'head-to-head']],
      [handMade.halfDone, ['answers', 'own', 'head-to-head']],
      [handMade.halfDone, ['inputs']],
      [handMade.halfDone, ['left out', 'answers', 'other', 'head-to-head']],
      [handMade.judge, ['ranked', 'own']],
      [handMade.accuracy, ['answers', 'own', 'scores']],
      [handMade.accuracy, ['left out', 'answers', 'own', 'scores']],
      [handMade.likelihood, ['scores', 'own']],
      [handMade.scored, ['judgements', 'other', 'head-to-head', 'judge']],
      [handMade.scored, ['verdicts', 'own', 'other', 'judge']],
    ])
  })

  test('lists both in one shape, those of runs with the time of their event', () => {
    const ids = [...store.evaluations.list(), ...store.evaluations.ofAllRuns()].map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(store.evaluations.find(handMade.judge)).toMatchObject({ model: 'base', against: '', judge: 'base', total: 16, done: 1 })
    expect(store.evaluations.find(handMade.halfDone)).toMatchObject({
      against: 'other',
      judge: 'base',
      done: 7,
      status: 'paused',
      wanted: 'pause',
    })
    const ofRuns = evaluationResults(store, { search: '', source: 'runs', limit: 100 })
    const [first] = ofRuns.rows
    expect(ofRuns.matching).toBe(store.evaluations.ofAllRuns().length)
    expect(first).toMatchObject({ run: { id: runId }, kind: 'judge', model: 'SFT', status: 'finished', settings: null })
    const told = store.events.after(runId, 0).find(({ event }) => (event as { kind: string }).kind === 'evaluated')
    expect(first.finishedAt).toBe(told?.at)
  })

  test('lists as many results as asked for, of those that contain every word of a search', () => {
    const results = (search: string, limit = 100) => evaluationResults(store, { search, source: 'all', limit })
    const all = results('')
    expect(all.rows.length).toBeGreaterThan(1)
    expect(all.rows.every(({ result }) => result !== null)).toBe(true)
    expect(results('', 1)).toEqual({ rows: all.rows.slice(0, 1), matching: all.matching })
    expect(results('judge SFT').rows.map(({ kind, model }) => [kind, model])).toContainEqual(['judge', 'SFT'])
    expect(results('judge SFT').matching).toBeLessThan(all.matching)
    expect(results('no-such-model')).toEqual({ rows: [], matching: 0 })
  })
})

test('an evaluation by hand that was interrupted before the migration resumes without redoing stored units', async () => {
  for (const name of ['base', 'other']) writeModel(join(home, name), name)
  const key = { evaluationId: handMade.halfDone }
  const stored = (side: string) => store.evaluationUnits.of(key, ['answers', side, 'head-to-head'])
  const [own, others] = [stored('own'), stored('other')]
  const { engine, asked } = watchedEngine()
  const queue = evaluationJobsOn(store, { startEngine: async () => engine })
  queue.resume(handMade.halfDone)
  await vi.waitUntil(() => store.evaluations.find(handMade.halfDone).status === 'finished', { timeout: 60_000, interval: 1 })
  await queue.close()
  expect(asked).toEqual([
    [join(home, 'other'), 4], // the whole chunk, of which only the fourth is stored
    [join(home, 'base'), 6], // three pairs in both orders
  ])
  expect(stored('own')).toEqual(own)
  expect(stored('other').map(({ position }) => position)).toEqual([0, 1, 3])
  expect(stored('other').slice(0, 2)).toEqual(others)
  expect(store.evaluations.find(handMade.halfDone).result).toMatchObject({ left_out: 1 })
})

test('a run’s evaluation that was interrupted before the migration resumes without redoing stored units', async () => {
  const names = ['M1', 'M2', 'M3']
  for (const name of names) writeModel(join(home, name), name)
  const [, , , , m3] = store.models.ofRun(runId).map((row) => ({ ...row, path: join(home, row.name) }))
  const movedModels = { ...store.models, find: (id: string, name: string) => ({ ...store.models.find(id, name)!, path: join(home, name) }) }
  const { engine, asked } = watchedEngine()
  const stage: Stage = {
    ...{ runId, home, engines: onOneEngine(engine), precision: 'float32', checkers: [], iteration: 2, stage: 'evaluate', tell: () => {} },
    ...{ store: { ...store, models: movedModels }, recipe: storedRecipe(store.runs.resolve(runId)) },
    ...{ signal: new AbortController().signal, stop: new AbortController().signal, conclude: new AbortController().signal },
  }
  const units = () => read(`SELECT part, position, sample, value FROM evaluation_units WHERE run_id = '${runId}' ORDER BY id`)
  const stored = units()
  await evaluateModel(stage, m3)
  expect(asked).toEqual([[join(home, 'M1'), 6]]) // the chunk of verdicts on M3 v M2, of which two were missing
  expect(units().slice(0, stored.length)).toEqual(stored)
  expect(units()).toHaveLength(stored.length + 2)
  expect(store.evaluations.findOfRun(runId, 'M3', 'head-to-head', 'M1')?.result).toEqual(figuresOfM3['head-to-headM1'])
  expect(store.evaluations.findOfRun(runId, 'M3', 'judge')?.result).toEqual(figuresOfM3.judge)
  const { n, unreadable } = store.evaluations.findOfRun(runId, 'M3', 'head-to-head', 'M2')!.result
  expect(n! + unreadable!).toBe(3)
})
