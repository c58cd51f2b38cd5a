import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repositoryFile } from '../support/shared.ts'

const text = readFileSync(repositoryFile('docs/architecture.md'), 'utf8')
const section = (title: string): string => text.slice(text.indexOf(`## ${title}`)).split(/\n## /)[0]
const folders = [...section('Folders').matchAll(/^\| `([^`]+)` \|/gm)].map(([, folder]) => folder)

const foldersIn = (folder: string): string[] =>
  readdirSync(repositoryFile(folder), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [join(folder, entry.name)] : []))

test('the map lists every folder of main and of the engine, and no other', () => {
  const there = [...foldersIn('main'), ...foldersIn('main/engine'), 'preload', 'renderer', 'dev']
  expect(folders.toSorted()).toEqual(there.toSorted())
})

test.each([...text.matchAll(/`((?:main|renderer|preload|test|bench|dev|docs)\/[\w./-]+)`/g)].map(([, path]) => path))(
  '%s, which it mentions, exists',
  (path) => {
    expect(existsSync(repositoryFile(path))).toBe(true)
  },
)

test('the path of one prompt names at most fifteen files', () => {
  const files = new Set([...section('Follow one prompt').matchAll(/`([\w./-]+\.tsx?)`/g)].map(([, path]) => path))
  expect(files.size).toBeLessThanOrEqual(15)
})
