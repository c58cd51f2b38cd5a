import { vi } from 'vitest'
import { type JobKind, JobQueue } from '../../main/app/jobs/job-queue.ts'
import { liveEvents } from '../../main/app/runs/live-events.ts'
import { runJobs, runsApi } from '../../main/app/runs/runs.ts'
import type { StageName } from '../../main/shared/run-events.ts'
import { openFillableStore } from './full-disk.ts'
import { type StandInOptions, standInEngine } from './stand-in-engine.ts'
import { createTinyRun, tinyHome } from './tiny-run.ts'

/** The runs of a data folder of its own, and their queue, without the rest of the application. The disk can fill up, and Laurel can restart. */
export function tinyQueue() {
  const { home, remove } = tinyHome()
  const disk = openFillableStore(home)
  const { store } = disk
  const logged: string[] = []
  /** How the next engines behave. */
  const engines: { next: StandInOptions } = { next: { itemMs: 1 } }
  const opened = () => {
    const runs = runsApi({ home, store })
    const log = (source: string, text: string): void => void logged.push(`${source}: ${text}`)
    const startEngine = async () => standInEngine(engines.next)
    const run = runJobs({ store, runs, live: liveEvents(store), checkersOf: () => [], startEngine, log })
    const none: JobKind = { ...run, begin: () => Promise.reject(new Error('no evaluations here')) as never }
    return { runs, queue: new JobQueue({ store, kinds: { run, evaluation: none }, log }) }
  }
  let now = opened()
  const listed = (id: string) => now.runs.list().find((run) => run.id === id)!
  const until = (condition: () => boolean): Promise<void> => vi.waitUntil(condition, { timeout: 60_000, interval: 2 }).then(() => {})
  return {
    ...{ home, disk, store, logged, engines, listed, until },
    get runs() {
      return now.runs
    },
    get queue() {
      return now.queue
    },
    reaches: (id: string, stage: StageName): Promise<void> => until(() => listed(id).stage === stage),
    has: (id: string, status: string): Promise<void> => until(() => listed(id).status === status),
    waitingRun: (): string => createTinyRun(store, home, { iterations: 1, review: { wait: true } }),
    async restart(): Promise<void> {
      await now.queue.close()
      now = opened()
    },
    async end(): Promise<void> {
      disk.makeRoom()
      await now.queue.close()
      store.close()
      remove()
    },
  }
}
export type TinyQueue = ReturnType<typeof tinyQueue>
