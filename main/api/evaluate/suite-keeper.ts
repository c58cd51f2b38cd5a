import { LaurelError, toErrorValue } from '../../common/errors.ts'
import type { Checker } from '../../loop/context.ts'
import type { Recipe } from '../../loop/recipe.ts'
import { suiteSettings } from '../../loop/suite-settings.ts'
import { performSuite } from '../../loop/suites/perform.ts'
import type { Store } from '../../store/store.ts'
import { explainStoreError } from '../../store/store-error.ts'
import { isWorkedOn, type SuiteRow } from '../../store/suites.ts'
import type { ShownSuite } from '../contract/evaluate.ts'
import type { Workbench } from '../workbench.ts'

export interface SuiteKeeperOptions {
  readonly store: Store
  readonly bench: Workbench
  readonly checkersOf: (recipe: Recipe) => readonly Checker[]
}

/** What an evaluation asks of the engine at once: little, so that a chat between two requests does not wait long. */
const portion = { batch: 32, chunk: 32 }

/** Works on evaluations asked for by hand in the background, one after another, and goes on with those that an earlier process left waiting. */
export function suiteKeeper({ store, bench, checkersOf }: SuiteKeeperOptions) {
  let working: Promise<void> | undefined
  let current: { readonly id: number; readonly stop: AbortController } | undefined
  let isClosing = false

  async function workThrough(): Promise<void> {
    for (let next = store.suites.nextQueued(); next !== undefined && !isClosing; next = store.suites.nextQueued()) {
      if (store.suites.take(next.id)) await workOn(next)
    }
  }

  async function workOn({ id, settings }: SuiteRow): Promise<void> {
    const stop = new AbortController()
    current = { id, stop }
    const started = performance.now()
    const seconds = (): number => (performance.now() - started) / 1000
    try {
      const result = await bench.use((engine) =>
        performSuite({ suiteId: id, store, checkersOf, engine, recipe: portion, signal: stop.signal }, suiteSettings.parse(settings)),
      )
      store.suites.end(id, 'finished', { seconds: seconds(), result })
    } catch (thrown) {
      if (stop.signal.aborted) store.suites.end(id, 'cancelled', { seconds: seconds() })
      else store.suites.end(id, 'failed', { seconds: seconds(), error: toErrorValue(explainStoreError(thrown)) })
    } finally {
      current = undefined
    }
    if (isClosing) store.suites.requeue(id) // the next process goes on
  }

  function kick(): void {
    working ??= workThrough()
      .catch(() => {}) // the database is busy or gone: what waits is found again at the next start
      .finally(() => {
        working = undefined
      })
  }

  function mustBeFree(suite: SuiteRow): void {
    if (!isWorkedOn(suite) || current?.id === suite.id) return
    throw new LaurelError('BUSY', `Another Laurel (process ${suite.owner?.pid}) works on it.`, 'Cancel it there.')
  }

  return {
    list: (): ShownSuite[] => store.suites.list().map(shown),
    start(settings: unknown, title: string): number {
      const parsed = suiteSettings.parse(settings)
      const id = store.suites.add({ kind: parsed.kind, title, settings: parsed })
      kick()
      return id
    },
    /** Stops it after what it is about; what is done stays done. Gives when it has stopped. */
    async cancel(id: number): Promise<void> {
      const suite = store.suites.find(id)
      mustBeFree(suite)
      if (current?.id === id) {
        current.stop.abort()
        while (current?.id === id) await new Promise((resolve) => setTimeout(resolve, 10))
      } else if (suite.status === 'queued') store.suites.end(id, 'cancelled', { seconds: 0 })
    },
    resume(id: number): void {
      const suite = store.suites.find(id)
      if (isWorkedOn(suite) || suite.status === 'finished') return
      store.suites.requeue(id)
      kick()
    },
    remove(id: number): void {
      const suite = store.suites.find(id)
      if (isWorkedOn(suite)) throw new LaurelError('BUSY', 'It is being worked on.', 'Cancel it first.')
      store.suites.remove(id)
    },
    /** Goes on with what waits. */
    kick,
    async close(): Promise<void> {
      isClosing = true
      current?.stop.abort()
      await working
    },
  }
}
export type SuiteKeeper = ReturnType<typeof suiteKeeper>

const shown = (suite: SuiteRow): ShownSuite => {
  const { id, kind, title, done, total, seconds, result, error, createdAt, finishedAt } = suite
  const status = suite.status === 'running' && !isWorkedOn(suite) ? 'interrupted' : suite.status
  return {
    id,
    kind,
    title,
    status,
    done,
    total,
    seconds,
    result,
    error,
    createdAt,
    finishedAt,
    settings: suiteSettings.parse(suite.settings),
  }
}
