import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { engineUseMigration } from '../../main/store/migrations/0022-engine-use.ts'
import { arenaUseMigration } from '../../main/store/migrations/0025-arena-use.ts'
import { migrate } from '../../main/store/migrations/migrate.ts'
import { migrations } from '../../main/store/migrations/migrations.ts'
import { openStore } from '../../main/store/store.ts'

it('the migration to engine use of evaluations and chats keeps what runs have asked, and a run adds to it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  const path = join(folder, 'laurel.db')
  const old = new Sqlite(path)
  migrate(old, path, migrations.slice(0, migrations.indexOf(engineUseMigration)))
  old.exec(`
    INSERT INTO runs (id, name, recipe, created_at) VALUES ('r-1', 'old', '{}', '2026-01-01');
    INSERT INTO engine_usage VALUES ('r-1', 'big', 'big-model', 3, 1, 100, 20, 900, 400, 0.5, 'EUR'), ('r-1', 'ray', '', 1, 0, 5, 6, 0, 0, NULL, NULL);`)
  old.close()

  const store = openStore(path)
  const asked = { engine: 'big', model: 'big-model', requests: 3, retries: 1, promptTokens: 100, newTokens: 20 }
  const more = { sentBytes: 900, receivedBytes: 400, cost: 0.5, currency: 'EUR' }
  expect(store.engineUsage.of({ runId: 'r-1' })).toMatchObject([
    { ...asked, ...more },
    { engine: 'ray', model: '', cost: null },
  ])
  store.engineUsage.add({ runId: 'r-1' }, { ...asked, ...more })
  expect(store.engineUsage.of({ runId: 'r-1' })[0]).toMatchObject({ requests: 6, promptTokens: 200, receivedBytes: 800, cost: 1 })
  store.close()
  rmSync(folder, { recursive: true })
})

it('the migration to engine use of the arena keeps what runs, evaluations, and chats have asked, and the arena adds to its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  const path = join(folder, 'laurel.db')
  const old = new Sqlite(path)
  migrate(old, path, migrations.slice(0, migrations.indexOf(arenaUseMigration)))
  old.exec(`
    INSERT INTO chats (id, name, title, models, content, created_at, changed_at) VALUES (7, '', 'old', '[]', '{}', '2026-01-01', '2026-01-01');
    INSERT INTO engine_usage VALUES (NULL, NULL, 7, 'big', 'big-model', 3, 1, 100, 20, 900, 400, 0.5, 'EUR');`)
  old.close()

  const store = openStore(path)
  const asked = {
    ...{ engine: 'big', model: 'big-model', requests: 3, retries: 1, promptTokens: 100, newTokens: 20 },
    ...{ sentBytes: 900, receivedBytes: 400, cost: 0.5, currency: 'EUR' },
  }
  expect(store.engineUsage.of({ chatId: 7 })).toEqual([asked])
  expect(store.engineUsage.of('arena')).toEqual([])
  store.engineUsage.add('arena', asked)
  store.engineUsage.add('arena', asked)
  expect(store.engineUsage.of('arena')).toMatchObject([{ requests: 6, cost: 1 }])
  expect(store.engineUsage.of({ chatId: 7 })).toEqual([asked])
  store.close()
  rmSync(folder, { recursive: true })
})
