import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { repositoryFile } from '../support/shared.ts'

const folder = 'docs/contributing/how-to'
const pages = readdirSync(repositoryFile(folder)).filter((name) => name !== 'README.md')
const textOf = (page: string): string => readFileSync(repositoryFile(`${folder}/${page}`), 'utf8')

/** Files that the examples create. */
const created = [
  'main/engine/model/architectures/toy.ts',
  'test/fixtures/zoo/NAME',
  'main/loop/judges/brevity-judge.ts',
  'main/loop/preferences/best-versus-second.ts',
  'main/data/importers/faq.ts',
  'renderer/features/notes/notes-page.tsx',
  'main/store/migrations/0008-model-notes.ts',
  'main/app/NOUN',
]

test.each(pages)('%s names only files that exist, or that its example creates', (page) => {
  const named = [...textOf(page).matchAll(/`((?:main|renderer|test|docs|resources)\/[\w./-]+)`/g)].map(([, path]) => path)
  expect(named.length).toBeGreaterThan(3)
  expect(named.filter((path) => !created.includes(path) && !existsSync(repositoryFile(path)))).toEqual([])
})

test.each(pages)('%s has files, tests, a way to see it work, and pitfalls', (page) => {
  for (const title of ['Tests', 'See it work', 'Pitfalls']) expect(textOf(page)).toContain(`\n## ${title}\n`)
})

test('the index links every page', () => {
  expect(pages.filter((page) => !textOf('README.md').includes(`](${page})`))).toEqual([])
})
