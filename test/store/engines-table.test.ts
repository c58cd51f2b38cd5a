import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { openStore } from '../../main/store/store.ts'
import { serverEngine } from '../support/configured-engines.ts'

it('a test of an engine that an earlier version stored is stored, and one of other settings isn’t', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  const path = join(folder, 'laurel.db')
  openStore(path).close()
  const earlier = JSON.stringify({ kind: 'openai', address: 'http://host/v1', model: 'm', concurrency: 8, retries: 8 })
  const old = new Sqlite(path)
  old.prepare("INSERT INTO engines (name, settings, added_at) VALUES ('big', ?, '2026-01-01')").run(earlier)
  old.close()

  const store = openStore(path)
  const engine = store.engines.resolve('big')
  const test = serverEngine('big', {}).test!
  expect(store.engines.setTest(engine, test)).toBe(true)
  expect(store.engines.resolve('big').test).toEqual(test)
  store.engines.setSettings('big', { ...engine.settings, address: 'http://other/v1' }, null)
  expect(store.engines.setTest(engine, test)).toBe(false)
  expect(store.engines.resolve('big').test).toBeNull()
  store.close()
  rmSync(folder, { recursive: true })
})
