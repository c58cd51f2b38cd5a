import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { homePaths } from '../main/common/home.ts'
import { fullSize, writeLargeStore } from '../test/support/large-store.ts'
import { measureCalls } from './load/measure.ts'

/**
 * How long each call of the contract blocks the main thread on a store of 1,000 runs, 100,000 pairs, and a million metric rows. Calls over 50 ms are
 * flagged, and the exit code is then 1. `--home FOLDER` keeps the store for the next run; `--only TEXT` measures calls whose name contains the text.
 */
const { values } = parseArgs({
  options: { home: { type: 'string' }, only: { type: 'string', default: '' }, rounds: { type: 'string', default: '5' } },
})
const home = values.home ?? mkdtempSync(join(tmpdir(), 'laurel-bench-'))
try {
  mkdirSync(home, { recursive: true })
  if (!existsSync(homePaths(home).database)) {
    process.stderr.write('creating the store; this takes about a minute ...\n')
    writeLargeStore(home, fullSize)
  }
  const flagged = await measureCalls(home, { only: values.only, rounds: Number(values.rounds) })
  process.exitCode = flagged === 0 ? 0 : 1
} finally {
  if (values.home === undefined) rmSync(home, { recursive: true, force: true })
}
