import { setTimeout as sleep } from 'node:timers/promises'
import { heartbeatMs, newClaim } from '../../common/claim.ts'
import { LaurelError, toErrorValue } from '../../common/errors.ts'
import { runInScope } from '../../common/work-scope.ts'
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
  readonly log?: (source: string, text: string) => void
}

/** What an evaluation asks of the engine in one request: little, so that a chat between two requests does not wait long. */
const portion = { batch: 32, chunk: 32 }

/** Milliseconds: until the queue is looked at again after the database could not be read; between two looks at what another process does. */
const pauses = { retry: 5000, poll: 100 }

/** An evaluation that is worked on here. */
interface Current {
  readonly id: number
  readonly stop: AbortController
  readonly ended: Promise<void>
}

/** Works on evaluations asked for by hand in the background, one after another, and goes on with those that an earlier process left waiting. */
export function suiteKeeper({ store, bench, checkersOf, log = () => {} }: SuiteKeeperOptions) {
  let working: Promise<void> | undefined
  let isWanted = false // the queue is to be looked at, also where it has just been
  let current: Current | undefined
  let isClosing = false

  async function workThrough(): Promise<void> {
    await Promise.resolve() // `working` is this from here on
    try {
      while (isWanted && !isClosing) {
        isWanted = false
        for (let next = store.suites.nextQueued(); next !== undefined && !isClosing; next = store.suites.nextQueued()) await takeOn(next)
      }
    } catch (error) {
      log('evaluations', `the queue could not be read: ${textOf(error)}`)
      setTimeout(kick, pauses.retry).unref()
    } finally {
      working = undefined // in the same breath as the last look at `isWanted`, so that no request falls between
    }
  }

  async function takeOn(suite: SuiteRow): Promise<void> {
    const claim = newClaim()
    if (!store.suites.take(suite.id, claim)) return
    const stop = new AbortController()
    const ended = workOn(suite, claim.token, stop)
    current = { id: suite.id, stop, ended }
    await ended
    current = undefined
  }

  /** Never throws: what goes wrong is the evaluation's end. */
  async function workOn({ id, settings }: SuiteRow, token: string, stop: AbortController): Promise<void> {
    const started = performance.now()
    const seconds = (): number => (performance.now() - started) / 1000
    const broken = Promise.withResolvers<never>()
    broken.promise.catch(() => {}) // thrown where it is waited for
    const noteUnsaved = (error: unknown): void => log(`evaluation ${id}`, `its end could not be stored yet: ${textOf(error)}`)
    let isOurs = true
    const lose = (): void => {
      isOurs = false
      broken.reject(takenOver(id))
    }
    const heart = setInterval(() => beat(id, token, { cancel: () => stop.abort(), lose }), heartbeatMs)
    try {
      const performed = runInScope({ what: `evaluation ${id}`, fail: broken.reject }, () =>
        bench.use((engine) =>
          performSuite({ suiteId: id, store, checkersOf, engine, recipe: portion, signal: stop.signal }, suiteSettings.parse(settings)),
        ),
      )
      const result = await Promise.race([performed, broken.promise])
      store.suites.endWork(id, token, 'finished', { seconds: seconds(), result }, noteUnsaved)
    } catch (thrown) {
      const error = explainStoreError(thrown)
      const isStopped = stop.signal.aborted && thrown instanceof LaurelError && thrown.code === 'STOPPED'
      if (!isStopped) log(`evaluation ${id}`, `ended with an error: ${textOf(error)}`)
      stop.abort()
      if (isStopped && isClosing && handedBack(id, token, seconds())) return
      if (!isOurs) return // its end is another process's to write
      if (isStopped) store.suites.endWork(id, token, 'cancelled', { seconds: seconds() }, noteUnsaved)
      else store.suites.endWork(id, token, 'failed', { seconds: seconds(), error: toErrorValue(error) }, noteUnsaved)
    } finally {
      clearInterval(heart)
    }
  }

  function handedBack(id: number, token: string, seconds: number): boolean {
    try {
      return store.suites.handBack(id, token, seconds)
    } catch (error) {
      log(`evaluation ${id}`, `could not be put back into the queue: ${textOf(error)}`)
      return true // it is interrupted then, and can be resumed
    }
  }

  function beat(id: number, token: string, { cancel, lose }: { readonly cancel: () => void; readonly lose: () => void }): void {
    try {
      const { isLost, cancelRequested } = store.suites.heartbeat(id, token)
      if (isLost) lose()
      if (cancelRequested) cancel()
    } catch {
      // the database is busy or full: the next beat will do
    }
  }

  function kick(): void {
    isWanted = true
    if (!isClosing) working ??= workThrough()
  }

  return {
    list: (): ShownSuite[] => store.suites.list().flatMap(shown),
    start(settings: unknown, title: string): number {
      const parsed = suiteSettings.parse(settings)
      const id = store.suites.add({ kind: parsed.kind, title, settings: parsed })
      kick()
      return id
    },
    /** Stops it after what it is about, wherever it is worked on; what is done stays done. Stored, so that it holds over a quit. Gives when it has stopped. */
    async cancel(id: number): Promise<void> {
      const here = current?.id === id ? current : undefined
      try {
        if (store.suites.find(id).status !== 'finished') store.suites.requestCancel(id)
      } catch (error) {
        if (here === undefined) throw error // else it is stopped all the same
      }
      here?.stop.abort()
      await here?.ended
      while (isWorkedOn(store.suites.find(id))) await sleep(pauses.poll) // another process does
      if (store.suites.find(id).status === 'queued') store.suites.end(id, 'cancelled', { seconds: 0 })
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

const textOf = (error: unknown): string => toErrorValue(explainStoreError(error)).message

const takenOver = (id: number): LaurelError =>
  new LaurelError('BUSY', `Another process works on evaluation ${id} now: this one did not answer for a minute.`, 'Nothing is lost.')

/** A suite as its process left it: one whose process is gone was interrupted, or cancelled where the user wanted that. */
function statusOf(suite: SuiteRow): ShownSuite['status'] {
  if (suite.status !== 'running' || isWorkedOn(suite)) return suite.status
  return suite.cancelRequested ? 'cancelled' : 'interrupted'
}

/** Nothing, where the settings are of another version: one evaluation that can't be read must not hide the others. */
const shown = (suite: SuiteRow): ShownSuite[] => {
  const settings = suiteSettings.safeParse(suite.settings)
  if (!settings.success) return []
  const { id, kind, title, done, total, seconds, result, error, createdAt, finishedAt } = suite
  return [
    {
      ...{ id, kind, title, status: statusOf(suite), done, total, seconds, result, error, createdAt, finishedAt },
      settings: settings.data,
    },
  ]
}
