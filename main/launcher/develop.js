import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testCluster } from './cluster-tests.js'
import { lintLayers } from './lint-layers.js'
import { lintWords } from './lint-words.js'
import { preload, project, SetupError, say } from './places.js'
import { handOver } from './run.js'

/** Commands for contributors. They need the sources, so they belong to the launcher and not to the compiled command line. */

const modules = join(project, 'node_modules')
const biome = join(modules, '@biomejs/biome/bin/biome')
const tsc = join(modules, 'typescript/bin/tsc')
const vitest = join(modules, 'vitest/vitest.mjs')

const inProject = (node, command) => handOver(node, command, { cwd: project })

export const developerCommands = {
  /** Lint and format, the layers (lint-layers.js), and the word list of docs/contributing/style.md. `laurel lint --write` fixes what it can. */
  lint: async (node, args) => {
    const code = await inProject(node, [biome, 'check', '--error-on-warnings', ...args])
    const findings = [...lintLayers(project), ...lintWords(project)]
    process.stderr.write(findings.map((finding) => `${finding}\n`).join(''))
    return findings.length === 0 ? code : 1
  },
  typecheck: async (node, args) => {
    for (const part of ['tsconfig.json', 'tsconfig.renderer.json', 'tsconfig.preload.json']) {
      const code = await inProject(node, [tsc, '-p', part, ...args])
      if (code !== 0) return code
    }
    return 0
  },
  /** Run the window and main from their sources and reload them on changes: `--port N --inspect --inspect-engine`. */
  dev: (node, args) => handOver(node, ['--import', preload, join(project, 'dev/dev.ts'), ...args], { cwd: project, watched: true }),
  /** Apply lint's safe fixes and formatting. */
  format: (node, args) => inProject(node, [biome, 'check', '--write', ...args]),
  /** Setup has already built it. */
  build: async () => 0,
  test: runTests,
  ...Object.fromEntries(['unit', 'engine', 'window'].map((group) => [`test:${group}`, testsOf(group)])),
  /** Kills, failing disks, damaged files, and a hanging engine: `--kills N --times N --seed N`. */
  'test:faults': (node, args) => inProject(node, [join(project, 'test/faults/run-faults.ts'), ...args]),
  /** A Ray cluster on this machine, with real vLLM and TRL. */
  'test:cluster': testCluster,
  bench: runBenchmark,
  /** Retake the screenshots of docs and README. */
  screenshots: (node, args) => handOver(node, [join(project, 'docs/screenshots/make.ts'), ...args]),
}

/**
 * Run lint, type checks, and tests, in this order, until one fails. The last line is always `N passed, N failed, N skipped`, preceded by a line for
 * each reason of a skip; a failure before the tests counts as one failed test. Arguments go to vitest (a folder, `-t name`). In CI, a skip for a
 * reason that `.ci/expected-skips` doesn't list is a failure: a test that silently stops running would look like one that passes.
 */
async function runTests(node, args) {
  for (const check of ['lint', 'typecheck']) {
    say(check)
    if ((await developerCommands[check](node, [])) !== 0) return close({ passed: 0, failed: 1 })
  }
  say('tests')
  const folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  const report = join(folder, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const code = await inProject(node, [vitest, 'run', ...reporters, ...args])
    const { failed, ...rest } = outcome(report)
    const unexpected = process.env.CI === 'true' && args.length === 0 ? unexpectedSkips(rest.reasons ?? [], expectedSkips()) : []
    for (const reason of unexpected) say(`unexpected skip: ${reason}`)
    return close({ ...rest, failed: (code === 0 ? failed : Math.max(failed, 1)) + unexpected.length })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Run one of vitest's projects, without lint and type checks: `npm run test:unit -- FILE -t name --watch`. */
function testsOf(group) {
  return (node, args) => {
    const mode = args.includes('--watch') ? 'watch' : 'run'
    return inProject(node, [vitest, mode, '--project', group, ...args.filter((arg) => arg !== '--watch')])
  }
}

/**
 * The totals of vitest's report. A file that can't be loaded contains no failed test, but counts as a failure. The reason of a skip is at the end of
 * the name of the test or its group (test/support/needs.ts).
 */
export function outcome(report) {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
    const broken = testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
    )
    const skipped = testResults.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => notRun.has(status))
    return { passed: numPassedTests, failed: numFailedTests + broken.length, reasons: skipped.map(({ fullName }) => reasonOf(fullName)) }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

const notRun = new Set(['skipped', 'pending', 'todo', 'disabled'])
const reasonOf = (name) => /\[skipped: (.+?)\]/.exec(name)?.[1] ?? 'not asked for'

/** Reasons for which tests may be skipped in CI, one per line. */
const expectedSkips = () => readFileSync(join(project, '.ci/expected-skips'), 'utf8').split('\n').filter(Boolean)

export const unexpectedSkips = (reasons, expected) => [...new Set(reasons)].filter((reason) => !expected.includes(reason))

/** The closing lines: each reason with its count, most frequent first, then the totals. */
export function closingLines({ passed, failed, reasons = [] }) {
  const counts = new Map()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const lines = [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => `skipped: ${count} ${reason}`)
  return [...lines, `${passed} passed, ${failed} failed, ${reasons.length} skipped`]
}

function close(totals) {
  process.stdout.write(`${closingLines(totals).join('\n')}\n`)
  return totals.failed === 0 ? 0 : 1
}

/** `laurel bench NAME ARGS` runs bench/NAME.ts. */
function runBenchmark(node, [name, ...args]) {
  const folder = join(project, 'bench')
  const script = join(folder, `${name}.ts`)
  if (name && existsSync(script)) return handOver(node, [script, ...args])
  const names = readdirSync(folder).flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3)] : []))
  throw new SetupError(`Choose a benchmark: ${names.join(', ') || 'there are none yet'}.`)
}
