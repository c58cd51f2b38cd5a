import { setTimeout as sleep } from 'node:timers/promises'
import { heartbeatMs, newClaim } from '../../common/claim.ts'
import { runInScope } from '../../common/work-scope.ts'
import { measureStandalone } from '../../loop/evaluation/standalone/standalone-evaluation.ts'
import type { Checker } from '../../loop/run-context.ts'
import type { ShownEvaluation } from '../../shared/contract/evaluations-contract.ts'
import { LaurelError, toErrorValue } from '../../shared/errors.ts'
import { evaluationSettings, labelsOf } from '../../shared/evaluation-settings.ts'
import type { Recipe } from '../../shared/recipe.ts'
import { explainStoreError } from '../../store/database/store-error.ts'
import type { Store } from '../../store/store.ts'
import { isWorkedOn, type RequestedEvaluation } from '../../store/tables/evaluations-table.ts'
import type { SharedEngine } from '../shared-engine.ts'
import { requestedEvaluations } from './shown-evaluations.ts'

export interface EvaluationQueueOptions {
  readonly store: Store
  readonly bench: SharedEngine
  readonly checkersOf: (recipe: Recipe) => readonly Checker[]
  readonly log?: (source: string, text: string) => void
}

/** Engine request size of an evaluation: small, so that a chat doesn't wait long between two requests. */
const portion = { batch: 32, chunk: 32 }

/** Milliseconds. `retry`: before reading the queue again after a database error. `poll`: between checks for another process's progress. */
const pauses = { retry: 5000, poll: 100 }

/** The evaluation running in this process. */
interface Current {
  readonly id: number
  readonly stop: AbortController
  readonly ended: Promise<void>
}

/** Runs standalone evaluations in the background, one at a time, and continues those that an earlier process left in the queue. */
export function evaluationQueue({ store, bench, checkersOf, log = () => {} }: EvaluationQueueOptions) {
  let working: Promise<void> | undefined
  let isWanted = false // check the queue (again)
  let current: Current | undefined
  let isClosing = false

  async function workThrough(): Promise<void> {
    await Promise.resolve() // so that `working` is assigned first
    try {
      while (isWanted && !isClosing) {
        isWanted = false
        for (let next = store.evaluations.nextQueued(); next !== undefined && !isClosing; next = store.evaluations.nextQueued())
          await takeOn(next)
      }
    } catch (error) {
      log('evaluations', `couldn't read the queue: ${textOf(error)}`)
      setTimeout(kick, pauses.retry).unref()
    } finally {
      working = undefined // synchronous with the last check of `isWanted`, so that no request is lost in between
    }
  }

  async function takeOn(next: RequestedEvaluation): Promise<void> {
    const claim = newClaim()
    if (!store.evaluations.take(next.id, claim)) return
    const stop = new AbortController()
    const ended = workOn(next, claim.token, stop)
    current = { id: next.id, stop, ended }
    await ended
    current = undefined
  }

  /** Never throws: a failure is stored as the evaluation's result. */
  async function workOn({ id, settings }: RequestedEvaluation, token: string, stop: AbortController): Promise<void> {
    const started = performance.now()
    const seconds = (): number => (performance.now() - started) / 1000
    const broken = Promise.withResolvers<never>()
    broken.promise.catch(() => {}) // handled by the `race` below
    const noteUnsaved = (error: unknown): void => log(`evaluation ${id}`, `couldn't store its result yet: ${textOf(error)}`)
    let isOurs = true
    const lose = (): void => {
      isOurs = false
      broken.reject(takenOver(id))
    }
    const heart = setInterval(() => beat(id, token, { cancel: () => stop.abort(), lose }), heartbeatMs)
    try {
      const parsed = evaluationSettings.parse(settings)
      const recipe = { ...portion, random: parsed.random }
      const performed = runInScope({ what: `evaluation ${id}`, fail: broken.reject }, () =>
        bench.use((engine) => measureStandalone({ evaluationId: id, store, checkersOf, engine, recipe, signal: stop.signal }, parsed)),
      )
      const result = await Promise.race([performed, broken.promise])
      store.evaluations.endWork(id, token, 'finished', { seconds: seconds(), result }, noteUnsaved)
    } catch (thrown) {
      const error = explainStoreError(thrown)
      const isStopped = stop.signal.aborted && thrown instanceof LaurelError && thrown.code === 'STOPPED'
      if (!isStopped) log(`evaluation ${id}`, `failed: ${textOf(error)}`)
      stop.abort()
      if (isStopped && isClosing && handedBack(id, token, seconds())) return
      if (!isOurs) return // another process owns its result now
      if (isStopped) store.evaluations.endWork(id, token, 'cancelled', { seconds: seconds() }, noteUnsaved)
      else store.evaluations.endWork(id, token, 'failed', { seconds: seconds(), error: toErrorValue(error) }, noteUnsaved)
    } finally {
      clearInterval(heart)
    }
  }

  function handedBack(id: number, token: string, seconds: number): boolean {
    try {
      return store.evaluations.handBack(id, token, seconds)
    } catch (error) {
      log(`evaluation ${id}`, `couldn't return it to the queue: ${textOf(error)}`)
      return true // it appears as interrupted and can be resumed
    }
  }

  function beat(id: number, token: string, { cancel, lose }: { readonly cancel: () => void; readonly lose: () => void }): void {
    try {
      const { isLost, cancelRequested } = store.evaluations.heartbeat(id, token)
      if (isLost) lose()
      if (cancelRequested) cancel()
    } catch {
      // the database is busy or full: retry at the next heartbeat
    }
  }

  function kick(): void {
    isWanted = true
    if (!isClosing) working ??= workThrough()
  }

  return {
    list: (): ShownEvaluation[] => requestedEvaluations(store),
    start(settings: unknown, title: string): number {
      const parsed = evaluationSettings.parse(settings)
      const id = store.evaluations.add({ kind: parsed.kind, title, ...labelsOf(parsed), settings: parsed })
      kick()
      return id
    },
    /**
     * Cancels an evaluation after its current unit of work, in whichever process it is running; completed units are kept. Stored, so that
     * it survives a restart. Returns when it has stopped.
     */
    async cancel(id: number): Promise<void> {
      const here = current?.id === id ? current : undefined
      try {
        if (store.evaluations.find(id).status !== 'finished') store.evaluations.requestCancel(id)
      } catch (error) {
        if (here === undefined) throw error // otherwise stop it regardless
      }
      here?.stop.abort()
      await here?.ended
      while (isWorkedOn(store.evaluations.find(id))) await sleep(pauses.poll) // running in another process
      if (store.evaluations.find(id).status === 'queued') store.evaluations.end(id, 'cancelled', { seconds: 0 })
    },
    resume(id: number): void {
      const evaluation = store.evaluations.find(id)
      if (isWorkedOn(evaluation) || evaluation.status === 'finished') return
      store.evaluations.requeue(id)
      kick()
    },
    remove(id: number): void {
      const evaluation = store.evaluations.find(id)
      if (isWorkedOn(evaluation)) throw new LaurelError('BUSY', 'The evaluation is running.', 'Cancel it first.')
      store.evaluations.remove(id)
    },
    /** Starts working through the queue. */
    kick,
    async close(): Promise<void> {
      isClosing = true
      current?.stop.abort()
      await working
    },
  }
}
export type EvaluationQueue = ReturnType<typeof evaluationQueue>

const textOf = (error: unknown): string => toErrorValue(explainStoreError(error)).message

const takenOver = (id: number): LaurelError =>
  new LaurelError(
    'BUSY',
    `Another process has taken over evaluation ${id}, because this one didn't respond for a minute.`,
    'No results are lost.',
  )
