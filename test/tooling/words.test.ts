import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { repositoryFile } from '../support/shared.ts'

interface Rule {
  readonly pattern: RegExp
}
const { findWords, lintWords, wordRules } = (await import(repositoryFile('main/launcher/lint-words.js'))) as {
  lintWords(project: string): string[]
  wordRules(guide: string): Rule[]
  findWords(text: string, rules: readonly Rule[]): { line: number; found: string; instead: string }[]
}

const rules = wordRules(readFileSync(repositoryFile('docs/contributing/style.md'), 'utf8'))

test.each([
  ["'A Person decides'", 'a person'], // words: allow
  ['// it is done anew', 'anew'], // words: allow
  ['the two are\tmended', 'mended'], // words: allow
  ['who outranks whom', 'outranks'], // words: allow
])('%s breaks a rule', (line, found) => {
  expect(findWords(`fine\n${line}\n`, rules)).toEqual([
    expect.objectContaining({ line: 2, found: expect.stringMatching(new RegExp(found, 'i')) }),
  ])
})

test.each(['begunRemovals()', 'the recommended setting', 'amendment', 'at oncePerSecond', 'a personal choice'])(
  '"%s" breaks none',
  (line) => {
    expect(findWords(line, rules)).toEqual([])
  },
)

test('a line with the waiver is skipped', () => {
  expect(findWords('// nobody knows  words: allow', rules)).toEqual([])
})

test('the whole tree keeps to the word list', () => {
  expect(lintWords(repositoryFile('.'))).toEqual([])
})
