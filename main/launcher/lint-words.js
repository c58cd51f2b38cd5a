import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { sourceFiles } from './source-files.js'

/** Checks everything that users and contributors read against the word list in docs/contributing/style.md. */

const checked = [
  'main',
  'renderer',
  'preload',
  'test',
  'bench',
  'dev',
  'docs',
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
]
const endings = /\.(?:ts|tsx|js|md|css|cc|h|py)$/
const waiver = 'words: allow'
/** Comments in migrations are part of the stored schema. */
const stored = /main[\\/]store[\\/]migrations[\\/]/

/** The rows of the table under "Words": the word to avoid, and what to write instead. `*` at the end of a word stands for any ending. */
export function wordRules(guide) {
  const table = guide.slice(guide.indexOf('## Words'))
  return [...table.matchAll(/^\| ([^|]+?) \| ([^|]+?) \|$/gm)]
    .filter(([, word]) => word !== "don't write")
    .map(([, word, instead]) => ({
      word,
      instead,
      pattern: new RegExp(`\\b${word.replaceAll(' ', '\\s+').replace(/\*$/, '\\w*')}\\b`, 'i'),
    }))
}

/** Each line of a text that breaks a rule, with the first rule that it breaks. */
export function findWords(text, rules) {
  const any = new RegExp(rules.map(({ pattern }) => pattern.source).join('|'), 'i')
  return text.split('\n').flatMap((line, i) => {
    if (!any.test(line) || line.includes(waiver)) return []
    const { instead, pattern } = rules.find((rule) => rule.pattern.test(line))
    return [{ line: i + 1, found: pattern.exec(line)[0], instead }]
  })
}

/** `FILE:LINE: "WORD": write INSTEAD` for each finding under `project`, in the given files (default: all). */
export function lintWords(project, only = []) {
  const guide = join(project, 'docs/contributing/style.md')
  const rules = wordRules(readFileSync(guide, 'utf8'))
  return sourceFiles(project, checked, endings)
    .filter(
      (file) =>
        file !== guide && !stored.test(file) && (only.length === 0 || only.some((path) => relative(project, file).startsWith(path))),
    )
    .flatMap((file) =>
      findWords(readFileSync(file, 'utf8'), rules).map(
        ({ line, found, instead }) => `${relative(project, file)}:${line}: "${found}": write ${instead}`,
      ),
    )
}

if (process.argv[1] === import.meta.filename) {
  const findings = lintWords(join(import.meta.dirname, '../..'), process.argv.slice(2))
  process.stdout.write(findings.map((finding) => `${finding}\n`).join(''))
  process.exitCode = findings.length === 0 ? 0 : 1
}
