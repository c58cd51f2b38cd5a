import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../main/store/database/connection.ts'
import { reviewMigration } from '../../main/store/migrations/0004-review.ts'
import { rescoredPartsMigration } from '../../main/store/migrations/0012-rescored-parts.ts'
import { migrate } from '../../main/store/migrations/migrate.ts'
import { migrations } from '../../main/store/migrations/migrations.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  path = join(folder, 'laurel.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('opening the database', () => {
  it('creates one that survives a power cut and checks foreign keys', () => {
    const db = openDatabase(path)
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(db.pragma('synchronous', { simple: true })).toBe(2) // FULL
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1)
    expect(db.pragma('user_version', { simple: true })).toBe(migrations.length)
    db.close()
  })

  it('rejects a database created by a newer version and leaves it unchanged', () => {
    openDatabase(path).close()
    const newer = new Sqlite(path)
    newer.pragma('user_version = 999')
    newer.close()
    expect(() => openDatabase(path)).toThrow(/newer Laurel \(schema 999/)
    const after = new Sqlite(path)
    expect(after.pragma('user_version', { simple: true })).toBe(999)
    after.close()
  })
})

describe('migrating', () => {
  const steps = ['CREATE TABLE a (x)', 'CREATE TABLE b (x)', 'CREATE TABLE c (x)']

  it('applies missing migrations in order, after a backup', () => {
    const db = new Sqlite(path)
    migrate(db, path, steps.slice(0, 1))
    db.exec("INSERT INTO a VALUES ('kept')")
    expect(readdirSync(folder).filter((name) => name.includes('backup'))).toEqual([]) // a new file has nothing to lose
    migrate(db, path, steps)
    expect(db.pragma('user_version', { simple: true })).toBe(3)
    expect(db.prepare('SELECT x FROM a').pluck().get()).toBe('kept')
    const backup = new Sqlite(`${path}.backup-0001`)
    expect(backup.prepare('SELECT x FROM a').pluck().get()).toBe('kept')
    expect(backup.pragma('user_version', { simple: true })).toBe(1)
    backup.close()
    db.close()
  })

  it('leaves the database at the last complete migration if one fails', () => {
    const db = new Sqlite(path)
    expect(() => migrate(db, path, [steps[0], `${steps[1]}; NONSENSE`])).toThrow()
    expect(db.pragma('user_version', { simple: true })).toBe(1)
    expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'b'").pluck().get()).toBe(0)
    db.close()
  })

  it('keeps every pair and review in the migration that allows several pairs per prompt', () => {
    const old = new Sqlite(path)
    migrate(old, path, migrations.slice(0, migrations.indexOf(reviewMigration)))
    old.exec(`
      INSERT INTO runs (id, name, status, recipe, created_at) VALUES ('r-1', 'x', 'created', '{}', '');
      INSERT INTO prompts (id, run_id, iteration, round, place, text, position, demonstrations) VALUES (1, 'r-1', 1, 0, 0, 'ask', 0, '[]');
      INSERT INTO candidates (id, prompt_id, sample, text, tokens, finish_reason, seed) VALUES (1, 1, 0, 'a', 1, 'stop', 0), (2, 1, 1, 'b', 1, 'stop', 0);
      INSERT INTO judgements (candidate_id, judge, sample, text, score) VALUES (1, 'M1', 0, '', 3), (1, 'M1', 1, '', 4), (1, 'M1', 2, '', 5), (2, 'M1', 0, '', 1);
      INSERT INTO pairs (id, prompt_id, chosen_id, rejected_id, chosen_reward, rejected_reward) VALUES (7, 1, 1, 2, 4, 1);
      INSERT INTO reviews (id, pair_id, decision, note, at) VALUES (5, 7, 'swap', 'why', 'then');`)
    old.close()
    const db = openDatabase(path)
    expect(db.prepare('SELECT id, chosen_reward, made_by, chosen_variance, rejected_variance FROM pairs').all()).toEqual([
      { id: 7, chosen_reward: 4, made_by: 'judge', chosen_variance: expect.closeTo(1 / 3, 12), rejected_variance: 0 },
    ])
    expect(db.prepare('SELECT id, pair_id, decision, note, at, blind FROM reviews').all()).toEqual([
      { id: 5, pair_id: 7, decision: 'swap', note: 'why', at: 'then', blind: 0 },
    ])
    expect(db.pragma('foreign_key_check')).toEqual([])
    db.prepare("DELETE FROM runs WHERE id = 'r-1'").run()
    expect(db.prepare('SELECT count(*) FROM reviews').pluck().get()).toBe(0)
    db.close()
  })

  it('keeps every score by hand in the migration that adds decisions on parts, with what each restores', () => {
    const old = new Sqlite(path)
    migrate(old, path, migrations.slice(0, migrations.indexOf(rescoredPartsMigration)))
    old.exec(`
      INSERT INTO runs (id, name, recipe, created_at) VALUES ('r-1', 'x', '{}', '');
      INSERT INTO prompts (id, run_id, iteration, round, place, text, position, demonstrations) VALUES (1, 'r-1', 1, 0, 0, 'ask', 0, '[]');
      INSERT INTO candidates (id, prompt_id, sample, text, tokens, finish_reason, seed) VALUES (1, 1, 0, 'a', 1, 'stop', 0);
      INSERT INTO review_acts (id, run_id, prompt_id, kind, at) VALUES (3, 'r-1', 1, 'rescore', 'then'), (4, 'r-1', 1, 'rescore', 'later');
      INSERT INTO rescores (id, candidate_id, reward, reviewer, at, act_id) VALUES (5, 1, 4.5, 'ada', 'then', 3);
      INSERT INTO rescores (id, candidate_id, reward, reviewer, at, act_id, restores) VALUES (9, 1, 4.5, 'ada', 'later', 4, 5);`)
    old.close()
    const db = openDatabase(path)
    expect(db.prepare('SELECT id, reward, parts, reviewer, act_id, restores FROM rescores').all()).toEqual([
      { id: 5, reward: 4.5, parts: null, reviewer: 'ada', act_id: 3, restores: null },
      { id: 9, reward: 4.5, parts: null, reviewer: 'ada', act_id: 4, restores: 5 },
    ])
    db.prepare("INSERT INTO rescores (candidate_id, reward, at) VALUES (1, -3, '')").run() // not every judge's rewards are from 0 to 5
    expect(() => db.prepare('UPDATE rescores SET reward = 1').run()).toThrow(/append-only/)
    expect(db.pragma('foreign_key_check')).toEqual([])
    db.prepare('DELETE FROM rescores WHERE id = 5').run()
    expect(db.prepare('SELECT count(*) FROM rescores WHERE restores IS NOT NULL').pluck().get()).toBe(0) // its reference is to itself
    db.close()
  })
})
