import { setTimeout as sleep } from 'node:timers/promises'
import { heartbeatMs } from '../common/claim.ts'
import { untilDone } from '../common/until-done.ts'
import { runInScope } from '../common/work-scope.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import type { EngineChoice, RunStatus } from '../shared/enums.ts'
import { toErrorValue } from '../shared/errors.ts'
import { isPassing, type RunEvent } from '../shared/run-events.ts'
import { explainStoreError } from '../store/database/store-error.ts'
import type { Store } from '../store/store.ts'
import { attempt, type Wishes } from './attempt.ts'
import type { Checker, RunContext } from './run-context.ts'
import { endedEarly, refuseEnded } from './stages/early-end.ts'
import { refuseUnreviewed } from './stages/wait-for-review.ts'
import { type Watched, watchHold } from './watch-hold.ts'

/** Options of a session on a run. */
export interface SessionOptions {
  readonly store: Store
  readonly home: string
  readonly runId: string
  /** Starts an engine. `used`: the engine settings of the run so far, to be kept unless the user chose others. */
  readonly startEngine: (used: EngineChoice | null) => Promise<Engine>
  readonly listener?: (event: RunEvent) => void
  readonly signal?: AbortSignal
  /** Aborted when the run should end early and keep its results. If aborted before the start, the session does nothing else. */
  readonly conclude?: AbortSignal
  readonly checkers?: readonly Checker[]
  /** How often to renew the lock and check for stop requests. */
  readonly heartbeatMs?: number
  /** Receives messages that can't be stored, such as an error while the database isn't writable. */
  readonly log?: (text: string) => void
}

/** A run in progress in this process. */
export interface Session {
  /** The status at the end of the session. Errors are stored with the run ('failed', resumable) and thrown. */
  readonly ended: Promise<RunStatus>
}

/** Executes a run until it finishes, waits for a review, or is stopped, and returns its status. Throws as `beginWork` does. */
export const workOn = async (options: SessionOptions): Promise<RunStatus> => beginWork(options).ended

/**
 * Starts a session on a run. Only one process can hold a run: throws BUSY if another one does, BAD_INPUT if the user ended the run early or
 * it waits for a review, and the database's error if it isn't writable.
 */
export function beginWork(options: SessionOptions): Session {
  const { store, runId } = options
  const run = store.runs.resolve(runId)
  refuseEnded(run)
  if (!options.conclude?.aborted) refuseUnreviewed(run)
  const token = explained(() => store.locks.take(runId))
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => {}) // thrown where it is awaited
  const ended = runInScope({ what: `run ${runId}`, fail: broken.reject }, () => work(options, token, broken))
  return { ended }
}

/** How long the work may take to unwind after an external failure, milliseconds. */
const unwindMs = 10_000

/** A database error in words that the user can act on. */
function explained<Value>(look: () => Value): Value {
  try {
    return look()
  } catch (error) {
    throw explainStoreError(error)
  }
}

async function work(options: SessionOptions, token: string, broken: PromiseWithResolvers<never>): Promise<RunStatus> {
  const { store, runId, log = () => {} } = options
  const hold = watchHold({ store, runId, token, everyMs: options.heartbeatMs ?? heartbeatMs, fail: broken.reject })
  const tell = tellerOf(options)
  const left = new AbortController() // stops any work left when the session ends
  const wishes: Wishes = {
    stop: AbortSignal.any([hold.stop, left.signal, ...(options.signal ? [options.signal] : [])]),
    conclude: AbortSignal.any([hold.conclude, ...(options.conclude ? [options.conclude] : [])]),
  }
  try {
    forgetOldEnd(options, tell)
    hold.look()
    const attempted = attempt(options, wishes, tell)
    const outcome = await Promise.race([attempted, broken.promise]).catch(async (error: unknown) => {
      left.abort()
      await Promise.race([attempted.catch(() => {}), sleep(unwindMs, undefined, { ref: false })]) // so that no two sessions overlap on the run
      throw error
    })
    return recordEnd(options, hold, outcome, tell)
  } catch (thrown) {
    const error = hold.explain(thrown)
    if (hold.isOurs()) recordFailure(options, error)
    else log(`run ${runId} was left unchanged: ${textOf(error)}`)
    throw error
  } finally {
    left.abort()
    hold.end()
    store.locks.release(runId, token, (error) => log(`couldn't remove the lock of run ${runId} yet: ${textOf(explainStoreError(error))}`))
  }
}

/** A request to end early that didn't complete isn't honored silently by a later start: the user has to ask again. */
function forgetOldEnd({ store, runId, conclude }: SessionOptions, tell: RunContext['tell']): void {
  const { endRequestedAt, iteration, stage } = store.runs.resolve(runId)
  store.runs.setWanted(runId, 'work')
  store.runs.leaveQueue(runId)
  if (endRequestedAt === null || conclude?.aborted) return
  store.runs.clearEnd(runId)
  const text = `An earlier "stop and keep" didn't complete, so the run continues. Choose it again to end the run.`
  tell({ kind: 'note', iteration, stage: stage ?? 'seed-data', text })
}

function recordEnd(options: SessionOptions, hold: Watched, outcome: RunStatus | 'ended', tell: RunContext['tell']): RunStatus {
  const { store, runId } = options
  const status = outcome === 'ended' ? 'finished' : outcome
  store.transaction(() => {
    hold.check() // another process may have just taken over the run
    if (outcome !== 'ended') store.runs.clearEnd(runId) // the run finished by itself first
    if (outcome === 'ended') tell(endedEarly(store, runId))
    store.runs.setStatus(runId, status)
  })
  tell({ kind: 'status', status, error: null })
  return status
}

const textOf = (error: unknown): string => toErrorValue(error).message

/** Forwards events, and stores those worth keeping. */
const tellerOf =
  ({ store, runId, listener }: SessionOptions): RunContext['tell'] =>
  (event) => {
    if (!isPassing(event)) store.events.add(runId, event)
    listener?.(event)
  }

/** Marks the run as failed. If the database can't be written, the status is shown now and stored as soon as possible. */
function recordFailure({ store, runId, listener, log = () => {} }: SessionOptions, error: unknown): void {
  const end = { status: 'failed', error: toErrorValue(error) } as const
  const event = { kind: 'status', ...end } satisfies RunEvent
  store.runs.holdUnsaved(runId, end)
  const save = (): void => {
    try {
      store.transaction(() => {
        store.events.add(runId, event)
        store.runs.clearEnd(runId)
        store.runs.setStatus(runId, end.status, end.error)
      })
    } catch (reason) {
      store.runs.holdUnsaved(runId, end) // a full disk may only show up at commit
      throw reason
    }
  }
  untilDone(save, {
    isPointless: () => !store.isOpen() || !store.runs.isUnsaved(runId, end),
    onFailure: (reason) => log(`couldn't store the failure of run ${runId} yet: ${textOf(explainStoreError(reason))}`),
  })
  listener?.(event)
}
