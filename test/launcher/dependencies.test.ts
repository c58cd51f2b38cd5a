import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { repositoryFile } from '../support/shared.ts'

/** The launcher is JavaScript without types. */
interface Dependencies {
  ensureDependencies(home: string, how: { folder: string; install: (folder: string) => Promise<void> }): Promise<void>
}
const { ensureDependencies } = (await import(repositoryFile('main/launcher/dependencies.js'))) as Dependencies

let home: string
let folder: string
let installed: number
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laurel-dependencies-'))
  folder = join(home, 'project')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package-lock.json'), '{}')
  installed = 0
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** Like npm: empties the folder, even through a link, and fills it. */
const install = async (project: string): Promise<void> => {
  installed++
  mkdirSync(join(project, 'node_modules'), { recursive: true })
  for (const name of readdirSync(join(project, 'node_modules'))) rmSync(join(project, 'node_modules', name), { recursive: true })
  writeFileSync(join(project, 'node_modules/.package-lock.json'), '{}')
}
const ensure = (): Promise<void> => ensureDependencies(home, { folder, install })

test('missing packages are installed once', async () => {
  await ensure()
  await ensure()
  expect(installed).toBe(1)
})

test('packages are installed again when the lock file has changed', async () => {
  await ensure()
  writeFileSync(join(folder, 'package-lock.json'), '{"changed":true}')
  utimesSync(join(folder, 'package-lock.json'), new Date(), new Date(Date.now() + 60_000))
  await ensure()
  expect(installed).toBe(2)
})

test('nothing is installed through a link, because npm would empty its target', async () => {
  const elsewhere = join(home, 'elsewhere')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, '.package-lock.json'), '{}')
  utimesSync(join(elsewhere, '.package-lock.json'), new Date(0), new Date(0)) // older than the lock file
  symlinkSync(elsewhere, join(folder, 'node_modules'))
  await ensure()
  rmSync(join(elsewhere, '.package-lock.json'))
  await expect(ensure()).rejects.toThrow('is a link')
  expect(installed).toBe(0)
})
