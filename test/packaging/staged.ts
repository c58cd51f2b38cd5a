import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryFile } from '../support/shared.ts'

/** Electron's fuses as they are in its program: a mark, a version, how many, and each as a digit. */
const fuseWire = Buffer.concat([Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'), Buffer.from([1, 9]), Buffer.from('101100111')])

/** A folder in place of Electron's: its program does nothing, but has fuses to flip. */
export function placeholderElectron(folder: string): string {
  mkdirSync(join(folder, 'resources'), { recursive: true })
  mkdirSync(join(folder, 'locales'))
  writeFileSync(join(folder, 'version'), 'placeholder')
  const program = Buffer.concat([Buffer.from('#!/bin/sh\nexit 1\n'), fuseWire, Buffer.alloc(64)])
  writeFileSync(join(folder, 'electron'), program, { mode: 0o755 })
  return folder
}

/** What electron-builder must not take, beside what it must. */
const parts = [
  'package.json',
  'package-lock.json',
  'electron-builder.yml',
  'LICENSE',
  'README.md',
  'build',
  'resources',
  'docs',
  'main',
  'test/support',
]

/**
 * The project as electron-builder sees it, in a folder of its own, so that nothing is written into the project itself. Packages are second
 * names of the same files where the file system has such.
 */
export function stagedProject(folder: string): string {
  for (const name of parts) cpSync(repositoryFile(name), join(folder, name), { recursive: true })
  const [from, to] = [repositoryFile('node_modules'), join(folder, 'node_modules')]
  const linked = spawnSync('cp', ['-al', `${from}/.`, to])
  if (linked.status !== 0 || !existsSync(join(to, 'zod', 'package.json'))) cpSync(from, to, { recursive: true, dereference: true })
  return folder
}
