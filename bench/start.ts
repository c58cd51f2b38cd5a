import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { homeFolder, homePaths } from '../main/common/home.ts'
import { LaurelError } from '../main/shared/errors.ts'
import type { Outcome } from './harness/benchmark.ts'
import { runBenchmark } from './harness/run-benchmark.ts'

const laurel = join(import.meta.dirname, '..', 'laurel')
const pause = 20 // milliseconds between polls of the store

/** Run the demo in a separate data folder with the installed runtimes, and end it once the timed results exist. */
async function startDemo(threads: number): Promise<Outcome> {
  const home = mkdtempSync(join(tmpdir(), 'laurel-bench-'))
  for (const name of ['runtimes', 'node']) if (existsSync(join(homeFolder(), name))) symlinkSync(join(homeFolder(), name), join(home, name))
  const env = { ...process.env, LAUREL_HOME: home }
  await ended(spawn(process.execPath, [laurel, 'build'], { env, stdio: 'ignore' })) // not timed
  const begin = performance.now()
  const demo = spawn(process.execPath, [laurel, 'demo', '--threads', String(threads)], { env, stdio: 'ignore' })
  try {
    const since = (): number => (performance.now() - begin) / 1000
    const isRunning = (): boolean => demo.exitCode === null && demo.signalCode === null
    await until(() => rowsIn(home, 'metrics'), isRunning)
    const firstStepSeconds = since()
    await until(() => rowsIn(home, 'evaluation_units') + rowsIn(home, 'prompts') + rowsIn(home, 'candidates'), isRunning)
    return { figures: { firstStepSeconds, firstTextSeconds: since() } }
  } finally {
    const end = once(demo, 'exit')
    if (demo.exitCode === null && demo.kill('SIGTERM')) await end
    rmSync(home, { recursive: true, force: true })
  }
}

async function until(count: () => number, isRunning: () => boolean): Promise<void> {
  while (count() === 0) {
    if (!isRunning()) throw new LaurelError('ENGINE_LOST', 'The demo ended before its first result.', 'Run `laurel demo` to see why.')
    await sleep(pause)
  }
}

/** The number of rows in a table of the demo's store; 0 while the store doesn't exist yet. */
function rowsIn(home: string, table: string): number {
  try {
    const db = new Sqlite(homePaths(home).database, { readonly: true, fileMustExist: true })
    try {
      return (db.prepare(`SELECT count(*) AS count FROM ${table}`).get() as { count: number }).count
    } finally {
      db.close()
    }
  } catch {
    return 0
  }
}

async function ended(child: ReturnType<typeof spawn>): Promise<void> {
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new LaurelError('INTERNAL', "Couldn't build Laurel.", 'Run `laurel build` to see why.')
}

/** How long a user waits after `laurel demo`, with everything installed and built, for the first training step and the first generated text. */
await runBenchmark<never>({
  name: 'start',
  title: 'Time from the command `laurel demo` to its first stored results, with everything installed.',
  sizes: {},
  figures: [
    { key: 'firstStepSeconds', label: 'first training step, seconds', better: 'lower' },
    { key: 'firstTextSeconds', label: 'first generated text, seconds', better: 'lower' },
  ],
  cases: () => [{ name: 'demo', sides: [{ name: 'Laurel', run: ({ options }) => startDemo(options.threads) }] }],
})
