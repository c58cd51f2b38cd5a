import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { reviewsApi } from '../../main/app/review/reviews.ts'
import { reviewActsMigration } from '../../main/store/migrations/0006-review-acts.ts'
import { migrate } from '../../main/store/migrations/migrate.ts'
import { migrations } from '../../main/store/migrations/migrations.ts'
import { openStore } from '../../main/store/store.ts'

it('reviews from before actions were stored can be undone in order, and keep their reviewers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  const path = join(folder, 'laurel.db')
  const old = new Sqlite(path)
  migrate(old, path, migrations.slice(0, migrations.indexOf(reviewActsMigration)))
  old.exec(`
    INSERT INTO runs (id, name, status, recipe, created_at) VALUES ('r-1', 'x', 'waiting', '{}', '');
    INSERT INTO stages (run_id, iteration, stage, finished_at) VALUES ('r-1', 1, 'pairs', 'then');
    INSERT INTO prompts (id, run_id, iteration, round, place, text, position, demonstrations) VALUES
      (1, 'r-1', 1, 0, 0, 'one', 0, '[]'), (2, 'r-1', 1, 0, 1, 'two', 1, '[]');
    INSERT INTO candidates (id, prompt_id, sample, text, tokens, finish_reason, seed) VALUES
      (1, 1, 0, 'a', 1, 'stop', 0), (2, 1, 1, 'b', 1, 'stop', 0), (3, 2, 0, 'c', 1, 'stop', 0), (4, 2, 1, 'd', 1, 'stop', 0);
    INSERT INTO pairs (id, prompt_id, chosen_id, rejected_id, chosen_reward, rejected_reward, chosen_variance, rejected_variance, made_by)
      VALUES (7, 1, 1, 2, 4, 1, 0, 0, 'judge'), (8, 2, 3, 4, 4, 1, 0, 0, 'judge');
    INSERT INTO review_batches (id, run_id, decision, at) VALUES (3, 'r-1', 'agree', '2026-01-02');
    INSERT INTO reviews (id, pair_id, decision, reviewer, note, batch_id, at) VALUES
      (1, 7, 'tie', 'Ada', 'why', NULL, '2026-01-01'), (2, 7, 'agree', 'Grace', '', 3, '2026-01-02'), (3, 8, 'agree', 'Grace', '', 3, '2026-01-02'),
      (4, 8, 'both-bad', 'Grace', '', NULL, '2026-01-03'), (5, 8, 'undo', '', '', NULL, '2026-01-04'), (6, 8, 'swap', 'Grace', '', NULL, '2026-01-05');
    INSERT INTO review_notes (id, prompt_id, text, reviewer, at) VALUES (1, 1, 'odd', 'Grace', '2026-01-06');`)
  old.close()
  const store = openStore(path)
  const grace = reviewsApi(store, () => 'Grace')
  const undone = [1, 2, 3].map(() => {
    const { act, kept } = grace.undoLast('r-1')
    return [act.kind, act.decision, act.subjects, kept]
  })
  expect(undone).toEqual([
    ['note', null, 1, 0],
    ['decision', 'swap', 1, 0],
    ['batch', 'agree', 1, 1], // the other pair has been decided and cleared since
  ])
  expect(store.reviews.history(7).at(-1)).toMatchObject({ decision: 'tie', reviewer: 'Ada', note: 'why' })
  expect(grace.acts('r-1').undo).toBeNull()
  store.close()

  const db = new Sqlite(path)
  expect(db.pragma('foreign_key_check')).toEqual([])
  expect(() => db.exec("UPDATE reviews SET reviewer = 'Eve'")).toThrow(/append-only/)
  db.pragma('foreign_keys = ON')
  db.prepare("DELETE FROM runs WHERE id = 'r-1'").run()
  expect(['reviews', 'review_acts', 'review_notes'].map((table) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get())).toEqual([
    0, 0, 0,
  ])
  db.close()
  rmSync(folder, { recursive: true, force: true })
})
