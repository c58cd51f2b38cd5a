import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRouterClient } from '@orpc/server'
import { openApplication } from '../../main/app/application.ts'
import { appRouter } from '../../main/app/router.ts'
import { median } from '../../main/common/numbers.ts'
import { demoCheckers } from '../../main/demo/demo-run.ts'
import { LaurelError } from '../../main/shared/errors.ts'
import { type Client, callsOf } from './calls.ts'

/** How long a call may block all windows, and how long the application may take to start, milliseconds. */
const limits = { call: 50, start: 2000 }

/** Print the total and blocking time of each call (median of several rounds); returns how many are over the limit. */
export async function measureCalls(home: string, { only, rounds }: { readonly only: string; readonly rounds: number }): Promise<number> {
  const begin = performance.now()
  const application = openApplication({
    ...{ home, surface: 'browser', version: 'bench', checkersOf: demoCheckers },
    startEngine: () => Promise.reject(new LaurelError('UNSUPPORTED', 'This benchmark starts no engine.', 'Use another benchmark.')),
  })
  const start = performance.now() - begin
  const folder = mkdtempSync(join(tmpdir(), 'laurel-bench-exports-'))
  let flagged = 0
  try {
    flagged += print('start', start, start, limits.start)
    const client: Client = createRouterClient(appRouter(application))
    const ids = application.store.runs.list().map(({ id }) => id)
    const spares = ids.slice(0, ids.length - 200)
    const calls = callsOf({ largest: ids.at(-1)!, medium: ids.at(-2)!, spare: () => spares.pop()!, folder })
    for (const { name, ask } of calls.filter((call) => call.name.includes(only))) {
      const measured = []
      for (let round = 0; round < rounds; round++) measured.push(await measure(() => ask(client)))
      flagged += print(name, median(measured.map(({ total }) => total)), median(measured.map(({ blocked }) => blocked)), limits.call)
    }
  } finally {
    await application.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return flagged
}

/** The total time of a call and its longest uninterrupted computation on the main thread, including serialization of the answer. */
async function measure(ask: () => Promise<unknown>): Promise<{ total: number; blocked: number }> {
  let blocked = 0
  let last = cpuMs()
  const beat = setInterval(() => {
    const now = cpuMs()
    blocked = Math.max(blocked, now - last)
    last = now
  }, beatMs)
  await sleep(5)
  const begin = performance.now()
  JSON.stringify(await ask())
  const total = performance.now() - begin
  await sleep(5)
  clearInterval(beat)
  return { total, blocked }
}

const beatMs = 1

/** The CPU time of this thread so far: unlike the clock, it doesn't include other programs. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

function print(name: string, total: number, blocked: number, limit: number): number {
  const isOver = blocked > limit
  process.stdout.write(
    `${name.padEnd(30)} ${total.toFixed(0).padStart(8)} ms ${blocked.toFixed(0).padStart(8)} ms blocked${isOver ? '  OVER' : ''}\n`,
  )
  return Number(isOver)
}
