import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repositoryFile } from '../support/shared.ts'

interface Totals {
  readonly passed: number
  readonly failed: number
  readonly reasons?: readonly string[]
}
const { outcome, closingLines, unexpectedSkips } = (await import(repositoryFile('main/launcher/develop.js'))) as {
  outcome(report: string): Totals
  closingLines(totals: Totals): string[]
  unexpectedSkips(reasons: readonly string[], expected: readonly string[]): string[]
}

const sources = readdirSync(repositoryFile('test'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

test('tests are skipped only through the helper that gives a reason, and never retried', () => {
  const silent = sources.filter((name) => {
    if (name === join('support', 'needs.ts') || name === join('tooling', 'skips.test.ts')) return false
    return /\.(skipIf|runIf|skip|only|todo)\b\(|\bretry:\s*\d/.test(readFileSync(join(repositoryFile('test'), name), 'utf8'))
  })
  expect(silent).toEqual([])
  expect(readFileSync(repositoryFile('vitest.config.ts'), 'utf8')).not.toMatch(/retry/)
})

test('the closing lines count skipped tests by reason, and the last line has only the totals', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-report-'))
  const report = join(folder, 'report.json')
  const results = [
    { status: 'passed', fullName: 'a b' },
    { status: 'skipped', fullName: 'the window [skipped: no Chromium] opens' },
    { status: 'pending', fullName: 'the window [skipped: no Chromium] closes' },
    { status: 'skipped', fullName: 'parity [skipped: no reference numbers]' },
    { status: 'skipped', fullName: 'left out by -t' },
  ]
  const testResults = [
    { status: 'passed', assertionResults: results },
    { status: 'failed', assertionResults: [] },
  ]
  writeFileSync(report, JSON.stringify({ numPassedTests: 1, numFailedTests: 0, testResults }))
  expect(closingLines(outcome(report))).toEqual([
    'skipped: 2 no Chromium',
    'skipped: 1 no reference numbers',
    'skipped: 1 not asked for',
    '1 passed, 1 failed, 4 skipped',
  ])
  expect(closingLines(outcome(join(folder, 'missing.json')))).toEqual(['0 passed, 1 failed, 0 skipped'])
  rmSync(folder, { recursive: true })
})

test('a skip for a reason that isn’t expected is reported once', () => {
  expect(unexpectedSkips(['root', 'no Chromium', 'root', 'no Chromium'], ['root'])).toEqual(['no Chromium'])
  expect(unexpectedSkips([], ['root'])).toEqual([])
})
