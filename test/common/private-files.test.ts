import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sharedMode } from '../../main/common/private-files.ts'
import { linux, needing, posix } from '../support/needs.ts'
import { repositoryFile } from '../support/shared.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-private-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

/** Runs code in a separate process (the umask is per process), with the data folder as HOME and `module` imported. */
function inProcess(home: string, code: string): void {
  const module = repositoryFile('main/common/private-files.ts')
  const script = `const { keepPrivate, sharedMode } = await import(${JSON.stringify(module)}); const fs = await import('node:fs'); process.umask(0o022); ${code}`
  const env = { ...process.env, LAUREL_HOME: home }
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' })
  expect(status, stderr).toBe(0)
}

needing(posix).test('only the user can access the data folder and its contents', () => {
  const home = join(folder, 'home')
  inProcess(
    home,
    `keepPrivate(process.env.LAUREL_HOME); fs.mkdirSync(process.env.LAUREL_HOME + '/logs'); fs.writeFileSync(process.env.LAUREL_HOME + '/logs/a', '')`,
  )
  expect([home, join(home, 'logs'), join(home, 'logs', 'a')].map(modeOf)).toEqual(['700', '700', '600'])
})

needing(posix).test('an existing data folder becomes private, but the targets of links in it stay unchanged', () => {
  const home = join(folder, 'home')
  const elsewhere = join(folder, 'elsewhere')
  mkdirSync(elsewhere)
  mkdirSync(home)
  writeFileSync(join(home, 'laurel.db'), '')
  for (const path of [elsewhere, home]) chmodSync(path, 0o755)
  chmodSync(join(home, 'laurel.db'), 0o644)
  symlinkSync(elsewhere, join(home, 'runtimes'))
  inProcess(home, 'keepPrivate(process.env.LAUREL_HOME)')
  expect([home, join(home, 'laurel.db'), elsewhere].map(modeOf)).toEqual(['700', '600', '755'])
})

needing(linux).test(
  'folders made on the way outside the data folder have the mode of the user’s own umask, and keep the group that they got',
  () => {
    const home = join(folder, 'home')
    const shared = join(folder, 'shared')
    mkdirSync(shared)
    chmodSync(shared, 0o2755)
    const [replacing, writing] = ['replace-file', 'write-folder'].map((name) => JSON.stringify(repositoryFile(`main/common/${name}.ts`)))
    inProcess(
      home,
      `keepPrivate(process.env.LAUREL_HOME)
    const { replaceFile } = await import(${replacing}); const { writeFolder } = await import(${writing})
    replaceFile(${JSON.stringify(join(shared, 'a/b/pairs.jsonl'))}, '')
    const fill = (temporary) => { fs.mkdirSync(temporary + '/inner'); fs.writeFileSync(temporary + '/inner/x', '') }
    writeFolder(${JSON.stringify(join(shared, 'c/d/model'))}, { bytes: 0, mayReplace: () => false, fill })
    replaceFile(process.env.LAUREL_HOME + '/e/f', '')`,
    )
    const inShared = (name: string): string => (statSync(join(shared, name)).mode & 0o3777).toString(8)
    const folders = ['a', 'a/b', 'c', 'c/d', 'c/d/model', 'c/d/model/inner']
    expect(folders.map(inShared)).toEqual(folders.map(() => '2755'))
    expect(['a/b/pairs.jsonl', 'c/d/model/inner/x'].map(inShared)).toEqual(['644', '644'])
    expect([join(home, 'e'), join(home, 'e', 'f')].map(modeOf)).toEqual(['700', '600'])
  },
)

test('files outside the data folder get the mode of the user’s own umask', () => {
  const env = { LAUREL_HOME: '/data/laurel', LAUREL_USER_UMASK: '22' }
  expect(sharedMode('/home/me/pairs.jsonl', 'file', env)).toBe(0o644)
  expect(sharedMode('/home/me/model', 'folder', env)).toBe(0o755)
  expect(sharedMode('/data/laurel-export.jsonl', 'file', env)).toBe(0o644)
  expect(sharedMode('/data/laurel/runs/r/models', 'folder', env)).toBeUndefined()
  expect(sharedMode('/home/me/pairs.jsonl', 'file', { LAUREL_HOME: '/data/laurel' })).toBeUndefined()
})
