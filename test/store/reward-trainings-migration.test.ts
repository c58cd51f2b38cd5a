import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { rewardTrainingsMigration } from '../../main/store/migrations/0015-reward-trainings.ts'
import { migrate } from '../../main/store/migrations/migrate.ts'
import { migrations } from '../../main/store/migrations/migrations.ts'
import { openStore } from '../../main/store/store.ts'

it('the migration to trainings of judges keeps every training and its steps', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  const path = join(folder, 'laurel.db')
  const old = new Sqlite(path)
  migrate(old, path, migrations.slice(0, migrations.indexOf(rewardTrainingsMigration)))
  old.exec(`
    INSERT INTO runs (id, name, recipe, created_at) VALUES ('r-1', 'old', '{}', '2026-01-01');
    INSERT INTO trainings (id, run_id, name, task, rows, config, started_at)
      VALUES (3, 'r-1', 'M1', 'sft', 8, '{}', '2026-01-01'), (5, 'r-1', 'M2', 'dpo', 9, '{}', '2026-01-02');
    INSERT INTO metrics (training_id, step, name, value) VALUES (3, 1, 'loss', 2), (5, 1, 'loss', 0.7);`)
  old.close()

  const store = openStore(path)
  expect(store.trainings.ofRun('r-1').map(({ id, name, task, rows }) => [id, name, task, rows])).toEqual([
    [3, 'M1', 'sft', 8],
    [5, 'M2', 'dpo', 9],
  ])
  expect(store.metrics.ofTraining(5).map(({ step, value }) => [step, value])).toEqual([[1, 0.7]])
  expect(store.trainings.begin({ runId: 'r-1', name: 'M3', task: 'reward', rows: 4, config: {} })).toMatchObject({ task: 'reward' })
  expect(() => store.trainings.begin({ runId: 'r-1', name: 'M4', task: 'guess' as 'sft', rows: 4, config: {} })).toThrow()
  store.close()
  rmSync(folder, { recursive: true })
})
