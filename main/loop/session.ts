import { setTimeout as sleep } from 'node:timers/promises'
import { heartbeatMs } from '../common/claim.ts'
import { toErrorValue } from '../common/errors.ts'
import { untilDone } from '../common/until-done.ts'
import { runInScope } from '../common/work-scope.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import type { Store } from '../store/store.ts'
import { explainStoreError } from '../store/store-error.ts'
import type { EngineChoice, RunStatus } from '../store/words.ts'
import { attempt, type Wishes } from './attempt.ts'
import type { Checker, RunContext } from './context.ts'
import { endedEarly, refuseEnded } from './early-end.ts'
import { isPassing, type RunEvent, stageName } from './events.ts'
import { refuseUnreviewed } from './review.ts'
import { type Watched, watchHold } from './watch-hold.ts'

/** What a caller that wants a run worked on gives. */
export interface SessionOptions {
  readonly store: Store
  readonly home: string
  readonly runId: string
  /** Starts an engine. `used` is what the run was computed with so far: the same is wanted again unless the user chose otherwise. */
  readonly startEngine: (used: EngineChoice | null) => Promise<Engine>
  readonly listener?: (event: RunEvent) => void
  readonly signal?: AbortSignal
  /** Aborted when the run is to end early and keep what it has. Aborted before the start: this session is to do nothing else. */
  readonly conclude?: AbortSignal
  readonly checkers?: readonly Checker[]
  /** How often the lock is renewed and a request to stop is looked for. */
  readonly heartbeatMs?: number
  /** Where what no document can hold is written: an error while the database takes nothing. */
  readonly log?: (text: string) => void
}

/** A run that this process works on. */
export interface Session {
  /** Its status when the work has ended. Whatever goes wrong is stored with the run ('failed', resumable) and thrown. */
  readonly ended: Promise<RunStatus>
}

/** Work on a run until it is finished, has to wait for a review, or is stopped; gives its status then. Throws as `beginWork` does. */
export const workOn = async (options: SessionOptions): Promise<RunStatus> => beginWork(options).ended

/**
 * Start to work on a run. Exactly one process works on a run: throws BUSY where another does, BAD_INPUT where the user has ended the run early or
 * it waits for a review, and what the database says where it can't be written.
 */
export function beginWork(options: SessionOptions): Session {
  const { store, runId } = options
  const run = store.runs.resolve(runId)
  refuseEnded(run)
  if (!options.conclude?.aborted) refuseUnreviewed(run)
  const token = explained(() => store.locks.take(runId))
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => {}) // thrown where it is waited for
  const ended = runInScope({ what: `run ${runId}`, fail: broken.reject }, () => work(options, token, broken))
  return { ended }
}

/** How long work that has failed from outside may take to come to its own end, milliseconds. */
const unwindMs = 10_000

/** An error of the database in words that the user can act on. */
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
  const left = new AbortController() // whatever still works when the session is over is to stop
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
      await Promise.race([attempted.catch(() => {}), sleep(unwindMs, undefined, { ref: false })]) // so that no two work on the run
      throw error
    })
    return recordEnd(options, hold, outcome, tell)
  } catch (thrown) {
    const error = hold.explain(thrown)
    if (hold.isOurs()) recordFailure(options, error)
    else log(`run ${runId} is left as it is: ${textOf(error)}`)
    throw error
  } finally {
    left.abort()
    hold.end()
    store.locks.release(runId, token, (error) =>
      log(`the lock of run ${runId} could not be removed yet: ${textOf(explainStoreError(error))}`),
    )
  }
}

/** An early end that was asked for and did not come about is not done silently by a later start: the user has to ask again. */
function forgetOldEnd({ store, runId, conclude }: SessionOptions, tell: RunContext['tell']): void {
  const { endRequestedAt, iteration, stage } = store.runs.resolve(runId)
  store.runs.setWanted(runId, 'work')
  store.runs.leaveQueue(runId)
  if (endRequestedAt === null || conclude?.aborted) return
  store.runs.clearEnd(runId)
  const text = 'An earlier "stop and keep" did not come about, so the run goes on. Ask again to end it.'
  tell({ kind: 'note', iteration, stage: stageName.nullable().parse(stage) ?? 'seed-data', text })
}

function recordEnd(options: SessionOptions, hold: Watched, outcome: RunStatus | 'ended', tell: RunContext['tell']): RunStatus {
  const { store, runId } = options
  const status = outcome === 'ended' ? 'finished' : outcome
  store.transaction(() => {
    hold.check() // another process may have taken the run over a moment ago
    if (outcome !== 'ended') store.runs.clearEnd(runId) // it came to its end by itself before
    if (outcome === 'ended') tell(endedEarly(store, runId))
    store.runs.setStatus(runId, status)
  })
  tell({ kind: 'status', status, error: null })
  return status
}

const textOf = (error: unknown): string => toErrorValue(error).message

/** Passes events on, and keeps those that are worth it. */
const tellerOf =
  ({ store, runId, listener }: SessionOptions): RunContext['tell'] =>
  (event) => {
    if (!isPassing(event)) store.events.add(runId, event)
    listener?.(event)
  }

/** The run has failed and is shown so from now on, also where the database can't take it: then it is written as soon as it can be. */
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
      store.runs.holdUnsaved(runId, end) // a full disk may show only when all this is committed
      throw reason
    }
  }
  untilDone(save, {
    isPointless: () => !store.isOpen() || !store.runs.isUnsaved(runId, end),
    onFailure: (reason) => log(`the failure of run ${runId} could not be stored yet: ${textOf(explainStoreError(reason))}`),
  })
  listener?.(event)
}
