import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { linux, needing } from '../../support/needs.ts'
import { repositoryFile } from '../../support/shared.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-storage-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Writes to a storage as the engine process of a cluster does whose Laurel was started with a umask: privately itself, as the user's for others. */
function writeAs(umask: number): (name: string) => string {
  const home = join(folder, 'home')
  mkdirSync(home)
  writeFileSync(join(home, 'config.json'), '{}', { mode: 0o600 })
  const storage = join(folder, 'storage')
  mkdirSync(storage)
  chmodSync(storage, 0o2775)
  const of = (path: string): string => JSON.stringify(repositoryFile(path))
  const script = `
    const { keepPrivate } = await import(${of('main/common/private-files.ts')})
    const { engineEnvironment } = await import(${of('main/engine/hosts/engine-process.ts')})
    const { sharedStorage } = await import(${of('main/engine/hosts/ray/shared-storage.ts')})
    const fs = await import('node:fs')
    process.umask(${umask})
    keepPrivate(${JSON.stringify(home)})
    process.env = engineEnvironment(process.env)
    const store = sharedStorage(${JSON.stringify(join(storage, 'laurel-1'))})
    store.write('sessions/x/inbox/0-y', '')
    store.copyIn(${JSON.stringify(join(home, 'config.json'))}, 'models/h/config.json')
    store.fill('adapters/a/weights', (temporary) => fs.writeFileSync(temporary, ''))
  `
  const env = { ...process.env, LAUREL_HOME: home }
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  return (name) => (statSync(join(storage, 'laurel-1', name)).mode & 0o3777).toString(8)
}

describe('what Laurel writes into shared storage', () => {
  needing(linux).test.each([
    [0o022, '2755', '644'],
    [0o002, '2775', '664'], // a common group of Laurel and the cluster
    [0o077, '2700', '600'],
  ])("has the modes of the user's own umask (%o) and the group of the storage", (umask, folderMode, fileMode) => {
    const modeOf = writeAs(umask)
    const folders = ['', 'sessions', 'sessions/x', 'sessions/x/inbox', 'models', 'models/h', 'adapters/a']
    expect(folders.map(modeOf)).toEqual(folders.map(() => folderMode))
    const files = ['sessions/x/inbox/0-y', 'models/h/config.json', 'adapters/a/weights']
    expect(files.map(modeOf)).toEqual(files.map(() => fileMode))
  })
})
