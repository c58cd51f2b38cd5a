import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { severalPairsMigration } from '../../main/store/migrations/0011-several-pairs.ts'
import { migrate } from '../../main/store/migrations/migrate.ts'
import { migrations } from '../../main/store/migrations/migrations.ts'
import { openStore } from '../../main/store/store.ts'

it('the migration to several pairs per prompt keeps every pair, and what users’ scores made of it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  const path = join(folder, 'laurel.db')
  const old = new Sqlite(path)
  migrate(old, path, migrations.slice(0, migrations.indexOf(severalPairsMigration)))
  old.exec(`
    INSERT INTO runs (id, name, recipe, created_at) VALUES ('r-1', 'old', '{}', '2026-01-01');
    INSERT INTO prompts (id, run_id, iteration, round, place, text, position, demonstrations)
      VALUES (1, 'r-1', 1, 0, 0, 'as judged', 0, '[]'), (2, 'r-1', 1, 0, 1, 'reversed', 1, '[]'),
        (3, 'r-1', 1, 0, 2, 'remade', 2, '[]'), (4, 'r-1', 1, 0, 3, 'dropped', 3, '[]');
    INSERT INTO candidates (id, prompt_id, sample, text, tokens, finish_reason, seed)
      SELECT p.id * 10 + s.value, p.id, s.value, 'answer', 1, 'stop', 0 FROM prompts p, json_each('[0, 1, 2]') s;
    INSERT INTO pairs (id, prompt_id, chosen_id, rejected_id, chosen_reward, rejected_reward, chosen_variance, rejected_variance, made_by)
      VALUES (1, 1, 10, 11, 4, 1, 0, 0, 'judge'), (2, 2, 20, 21, 4, 1, 0, 0, 'judge'), (3, 3, 30, 31, 4, 1, 0, 0, 'judge'),
        (4, 3, 32, 31, 2, 1, 0, 0, 'person'), (5, 4, 40, 41, 4, 1, 0, 0, 'judge');
    INSERT INTO remade_pairs (prompt_id, pair_id, reversed) VALUES (2, 2, 1), (3, 4, 0), (4, NULL, 0);`)
  old.close()

  const store = openStore(path)
  const standing = store.pairs.standing('r-1', 1).map(({ id, reversed, dropped }) => ({ id, reversed, dropped }))
  expect(standing).toEqual([
    { id: 1, reversed: false, dropped: false },
    { id: 2, reversed: true, dropped: false },
    { id: 4, reversed: false, dropped: false },
    { id: 5, reversed: false, dropped: true },
  ])
  expect(store.pairs.ofIteration('r-1', 1).map(({ id }) => id)).toEqual([1, 2, 3, 5])
  expect(store.candidates.ofIteration('r-1', 1).every(({ model }) => model === null)).toBe(true)
  const second = { promptId: 1, chosenId: 12, rejectedId: 11, chosenReward: 3, rejectedReward: 1 }
  store.pairs.add({ ...second, place: 1 })
  store.pairs.add({ ...second, chosenId: 10, rejectedId: 12, place: 1 }) // the place is taken
  expect(store.pairs.ofPrompt(1).map(({ chosenId, rejectedId }) => [chosenId, rejectedId])).toEqual([
    [10, 11],
    [12, 11],
  ])
  store.close()
  rmSync(folder, { recursive: true })
})
