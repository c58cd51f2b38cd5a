import { vi } from 'vitest'
import { openApplication } from '../../main/app/application.ts'
import type { StageName } from '../../main/shared/run-events.ts'
import { type StandInOptions, standInEngine } from './stand-in-engine.ts'
import { createTinyRun, tinyHome } from './tiny-run.ts'

/** An application on a data folder of its own, whose engines are stand-ins. */
export function tinyApplication() {
  const { home, remove } = tinyHome()
  /** How the next engines behave, and how many have been started. */
  const engines: { next: StandInOptions; started: number } = { next: {}, started: 0 }
  const application = openApplication({
    ...{ home, surface: 'browser', version: '0', checkersOf: () => [] },
    startEngine: async () => {
      engines.started++
      return standInEngine({ itemMs: 1, ...engines.next })
    },
  })
  const listed = (id: string) => application.runs.list().find((run) => run.id === id)!
  const until = (condition: () => boolean): Promise<void> => vi.waitUntil(condition, { timeout: 60_000, interval: 2 }).then(() => {})
  const isIn = (id: string, iteration: number, stage: StageName) => () => listed(id).iteration === iteration && listed(id).stage === stage
  return {
    ...{ home, application, engines, listed, until, isIn },
    finish: (id: string): Promise<void> => until(() => listed(id).status === 'finished'),
    /** Starts a run and waits until it has reached a stage. */
    async startedIn(iteration: number, stage: StageName, changes = {}): Promise<string> {
      const id = createTinyRun(application.store, home, changes)
      application.queue.start(id)
      await until(isIn(id, iteration, stage))
      return id
    },
    async end(): Promise<void> {
      await application.close()
      remove()
    },
  }
}
