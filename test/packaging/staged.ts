import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryFile } from '../support/shared.ts'

/** Electron's fuses as in its binary: a marker, a version, their number, and each as a digit. */
const fuseWire = Buffer.concat([Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'), Buffer.from([1, 9]), Buffer.from('101100111')])

/** A stand-in for Electron's folder: its binary does nothing, but has fuses to flip. */
export function placeholderElectron(folder: string): string {
  mkdirSync(join(folder, 'resources'), { recursive: true })
  mkdirSync(join(folder, 'locales'))
  writeFileSync(join(folder, 'version'), 'placeholder')
  const program = Buffer.concat([Buffer.from('#!/bin/sh\nexit 1\n'), fuseWire, Buffer.alloc(64)])
  writeFileSync(join(folder, 'electron'), program, { mode: 0o755 })
  return folder
}

/** Files for electron-builder, including some that it must leave out. */
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
 * The project as electron-builder sees it, in a separate folder, so that nothing is written into the project itself. Packages are hard links if
 * the file system supports them.
 */
export function stagedProject(folder: string): string {
  for (const name of parts) cpSync(repositoryFile(name), join(folder, name), { recursive: true })
  const [from, to] = [repositoryFile('node_modules'), join(folder, 'node_modules')]
  const linked = spawnSync('cp', ['-al', `${from}/.`, to])
  if (linked.status !== 0 || !existsSync(join(to, 'zod', 'package.json'))) cpSync(from, to, { recursive: true, dereference: true })
  return folder
}
