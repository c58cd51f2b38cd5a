import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../main/store/database/connection.ts'
import { iterationCountsMigration } from '../../main/store/migrations/0023-iteration-counts.ts'
import { migrate } from '../../main/store/migrations/migrate.ts'
import { migrations } from '../../main/store/migrations/migrations.ts'
import { type Store, storeOn } from '../../main/store/store.ts'
import { watched } from '../support/watched-database.ts'

/** Two runs with two iterations each, unequal in everything that is counted. */
const rows = `
  INSERT INTO runs (id, name, recipe, created_at) VALUES ('r-1', 'one', '{}', '2026-01-01'), ('r-2', 'two', '{}', '2026-01-01');
  INSERT INTO prompts (id, run_id, iteration, round, place, text, position, reason, demonstrations)
    SELECT r * 1000 + t * 100 + n, 'r-' || r, t, 0, n, 'ask ' || n, iif(n < 4 + r + t, n, NULL), iif(n < 4 + r + t, NULL, 'empty'), '[]' FROM
      (SELECT value AS r FROM json_each('[1, 2]')), (SELECT value AS t FROM json_each('[1, 2]')), (SELECT value AS n FROM json_each('[0,1,2,3,4,5,6,7,8,9]'));
  INSERT INTO candidates (id, prompt_id, sample, text, tokens, finish_reason, seed)
    SELECT p.id * 10 + s.value, p.id, s.value, 'answer', 1, 'stop', 0 FROM prompts p, json_each('[0, 1, 2]') s WHERE p.position IS NOT NULL;
  INSERT INTO judgements (candidate_id, judge, sample, text, score)
    SELECT c.id, 'M1', s.value, '', iif(c.id % 3 = s.value, NULL, 3) FROM candidates c, json_each('[0, 1]') s;
  INSERT INTO pairs (prompt_id, chosen_id, rejected_id, chosen_reward, rejected_reward, chosen_variance, rejected_variance, made_by)
    SELECT id, id * 10, id * 10 + 1, 4, 1, 0, 0, 'judge' FROM prompts WHERE position % 2 = 0;
  INSERT INTO pairs (prompt_id, chosen_id, rejected_id, chosen_reward, rejected_reward, chosen_variance, rejected_variance, made_by, place)
    SELECT id, id * 10 + 1, id * 10 + 2, 4, 2, 0, 0, 'judge', 1 FROM prompts WHERE position % 4 = 0;
  INSERT INTO pairs (prompt_id, chosen_id, rejected_id, chosen_reward, rejected_reward, chosen_variance, rejected_variance, made_by)
    SELECT id, id * 10, id * 10 + 2, 4, 1, 0, 0, 'person' FROM prompts WHERE position % 3 = 0;`

/** The same counts from the rows. */
const recounted = `
  SELECT p.run_id, p.iteration, count(DISTINCT iif(p.position IS NULL, NULL, p.id)) AS accepted, count(DISTINCT iif(p.position IS NULL, p.id, NULL)) AS rejected,
    count(DISTINCT c.id) AS candidates, count(DISTINCT j.id) AS judgements, count(DISTINCT iif(j.score IS NULL, j.id, NULL)) AS unreadable,
    (SELECT count(*) FROM pairs x JOIN prompts q ON q.id = x.prompt_id WHERE q.run_id = p.run_id AND q.iteration = p.iteration AND x.made_by = 'judge') AS pairs,
    (SELECT count(DISTINCT q.id) FROM pairs x JOIN prompts q ON q.id = x.prompt_id WHERE q.run_id = p.run_id AND q.iteration = p.iteration AND x.made_by = 'judge') AS paired
  FROM prompts p LEFT JOIN candidates c ON c.prompt_id = p.id LEFT JOIN judgements j ON j.candidate_id = c.id GROUP BY 1, 2 ORDER BY 1, 2`
const kept = `SELECT run_id, iteration, accepted, rejected, candidates, judgements, unreadable, pairs, paired FROM iteration_counts
  WHERE accepted + rejected + candidates + judgements + unreadable + pairs <> 0 ORDER BY 1, 2`

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const isCounted = (db: Database): void => expect(db.prepare(kept).all()).toEqual(db.prepare(recounted).all())

describe('the counts of an iteration', () => {
  let db: Database
  let store: Store
  let connection: ReturnType<typeof watched>
  beforeEach(() => {
    db = openDatabase(join(folder, 'laurel.db'))
    connection = watched(db)
    store = storeOn(connection.db)
    db.exec(rows)
  })
  afterEach(() => store.close())

  it('are those of its rows, and are read without them', () => {
    isCounted(db)
    connection.forget()
    expect(store.counts.prompts('r-1', 2)).toEqual({ accepted: 7, rejected: 3 })
    expect(store.counts.candidates('r-1', 2)).toBe(21)
    expect(store.counts.judgements('r-1', 2).judgements).toBe(42)
    expect(store.counts.pairs('r-1', 2)).toBe(6)
    expect(store.counts.prompts('r-1', 9)).toEqual({ accepted: 0, rejected: 0 })
    const [sql] = connection.selects.filter((text) => text.startsWith('SELECT accepted, rejected'))
    const plan = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all({ runId: '', iteration: 0 })
    expect(plan.map(({ detail }) => detail)).toEqual([expect.stringContaining('SEARCH iteration_counts USING PRIMARY KEY')])
  })

  it('follow what stages that start over delete, and removed runs', () => {
    for (const stage of ['pairs', 'judgements', 'candidates', 'prompts'] as const) {
      store.discards.stage('r-1', 1, stage, 'M2')
      isCounted(db)
    }
    store.discards.stage('r-2', 1, 'prompts', 'M2') // with all that follows from them
    isCounted(db)
    while (store.removal.step('r-2')) isCounted(db)
    isCounted(db)
  })

  it('aren’t changed by rows that exist already', () => {
    const [{ id: promptId }] = store.prompts.accepted('r-1', 1)
    store.candidates.add({ promptId, sample: 0, text: 'again', tokens: 1, finishReason: 'stop', seed: 0 })
    store.judgements.add({ candidateId: promptId * 10 }, { judge: 'M1', sample: 0, text: 'again', score: 1 })
    store.pairs.add({ promptId, chosenId: promptId * 10, rejectedId: promptId * 10 + 1, chosenReward: 2, rejectedReward: 1 })
    isCounted(db)
  })
})

it('the migration counts what there is', () => {
  const path = join(folder, 'old.db')
  const old = new Sqlite(path)
  migrate(old, path, migrations.slice(0, migrations.indexOf(iterationCountsMigration)))
  old.exec(rows)
  old.close()
  const db = openDatabase(path)
  isCounted(db)
  db.close()
})
