import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { preload, project, SetupError, say } from './places.js'
import { handOver } from './run.js'

/** Commands for those who change Laurel. They need the sources, so they are the launcher's and not the command line's. */

const modules = join(project, 'node_modules')
const biome = join(modules, '@biomejs/biome/bin/biome')
const tsc = join(modules, 'typescript/bin/tsc')
const vitest = join(modules, 'vitest/vitest.mjs')

const inProject = (node, command) => handOver(node, command, { cwd: project })

export const developerCommands = {
  /** Lint, format and layering. `laurel lint --write` mends what it can. */
  lint: (node, args) => inProject(node, [biome, 'check', '--error-on-warnings', ...args]),
  typecheck: async (node, args) => {
    for (const part of ['tsconfig.json', 'tsconfig.renderer.json', 'tsconfig.preload.json']) {
      const code = await inProject(node, [tsc, '-p', part, ...args])
      if (code !== 0) return code
    }
    return 0
  },
  /** The window and main from their sources, reloaded as they change: `--port N --inspect --inspect-engine`. */
  dev: (node, args) => handOver(node, ['--import', preload, join(project, 'dev/dev.ts'), ...args], { cwd: project, watched: true }),
  /** Lint's safe fixes and the format, written. */
  format: (node, args) => inProject(node, [biome, 'check', '--write', ...args]),
  /** The set-up has built it. */
  build: async () => 0,
  test: runTests,
  ...Object.fromEntries(['unit', 'engine', 'window'].map((group) => [`test:${group}`, testsOf(group)])),
  /** Kills, failing disks, damaged files, a hanging engine: `--kills N --times N --seed N`. */
  'test:faults': (node, args) => inProject(node, [join(project, 'test/faults/run-faults.ts'), ...args]),
  bench: runBenchmark,
  /** The pictures of docs and README, taken anew. */
  screenshots: (node, args) => handOver(node, [join(project, 'docs/screenshots/make.ts'), ...args]),
}

/**
 * Lint and format, types, tests, in this order; the first that fails ends it. The last line is `N passed, N failed, N skipped` either way,
 * with a line for each reason of a skip before it; a part that fails before the tests counts as one failure. Arguments go to vitest (a folder,
 * `-t name`).
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
    return close({ ...rest, failed: code === 0 ? failed : Math.max(failed, 1) })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** One of vitest's projects, without lint and types: `npm run test:unit -- FILE -t name --watch`. */
function testsOf(group) {
  return (node, args) => inProject(node, [vitest, '--run', '--project', group, ...args])
}

/**
 * What vitest's report says. A file that can't even be loaded holds no failed test, but it is a failure. Why a test was skipped stands behind
 * its name or that of a group it is in (test/support/needs.ts).
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

/** The closing lines: each reason with its count, the most frequent first, then the totals. */
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
  throw new SetupError(`Name a benchmark: ${names.join(', ') || 'there are none yet'}.`)
}
