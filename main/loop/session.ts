import { LaurelError, toErrorValue } from '../common/errors.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import type { Store } from '../store/store.ts'
import { explainStoreError } from '../store/store-error.ts'
import { type EngineChoice, engineChoice, type RunStatus } from '../store/words.ts'
import type { Checker, RunContext } from './context.ts'
import { endedEarly, refuseEnded } from './early-end.ts'
import { isPassing, type RunEvent, stageName } from './events.ts'
import { recipe as recipeSchema } from './recipe.ts'
import { runLoop } from './run.ts'

/** What somebody who wants a run worked on gives. */
export interface SessionOptions {
  readonly store: Store
  readonly home: string
  readonly runId: string
  /** Starts an engine. `used` is what the run was computed with so far: the same is wanted again unless the person chose otherwise. */
  readonly startEngine: (used: EngineChoice | null) => Promise<Engine>
  readonly listener?: (event: RunEvent) => void
  readonly signal?: AbortSignal
  /** The run is to end early and keep what it has; asked of the store first, so that it outlives this process. */
  readonly conclude?: AbortSignal
  readonly checkers?: readonly Checker[]
  /** How often the lock is renewed and a request to stop is looked for. */
  readonly heartbeatMs?: number
}

/**
 * Work on a run until it is finished, has to wait for a person, or is stopped; gives its status then. Exactly one process works on a run:
 * throws BUSY where another does, and BAD_INPUT where a person has ended the run early. Whatever else goes wrong is stored with the run ('failed', resumable) and thrown.
 */
export async function workOn(options: SessionOptions): Promise<RunStatus> {
  const { store, runId } = options
  refuseEnded(store.runs.resolve(runId))
  const token = store.locks.take(runId)
  const wishes = { stop: new AbortController(), conclude: new AbortController() }
  const look = (): void => beat(store, runId, token, wishes)
  const heart = setInterval(look, options.heartbeatMs ?? 1000)
  const tell = tellerOf(options)
  try {
    look() // an end that was asked for before
    const outcome = await attempt(
      options,
      { stop: either(wishes.stop, options.signal), conclude: either(wishes.conclude, options.conclude) },
      tell,
    )
    const status = outcome === 'ended' ? 'finished' : outcome
    store.transaction(() => {
      if (outcome === 'finished') store.runs.clearEnd(runId) // it came to its end by itself before
      if (outcome === 'ended') tell(endedEarly(store, runId))
      store.runs.setStatus(runId, status)
    })
    tell({ kind: 'status', status, error: null })
    return status
  } catch (thrown) {
    const error = explainStoreError(thrown)
    recordFailure(store, runId, error, tell)
    throw error
  } finally {
    clearInterval(heart)
    store.locks.release(runId, token)
  }
}

/** What a person wants of a run that is being worked on. */
interface Wishes {
  readonly stop: AbortSignal
  readonly conclude: AbortSignal
}

const either = ({ signal }: AbortController, other: AbortSignal | undefined): AbortSignal =>
  other === undefined ? signal : AbortSignal.any([signal, other])

function beat(store: Store, runId: string, token: string, wishes: Record<keyof Wishes, AbortController>): void {
  try {
    if (store.locks.heartbeat(runId, token).stopRequested) wishes.stop.abort()
    if (store.runs.find(runId)?.endRequestedAt != null) wishes.conclude.abort()
  } catch {
    // the database is busy: the next beat will do
  }
}

/** Passes events on, and keeps those that are worth it. */
const tellerOf =
  ({ store, runId, listener }: SessionOptions): RunContext['tell'] =>
  (event) => {
    if (!isPassing(event)) store.events.add(runId, event)
    listener?.(event)
  }

async function attempt(options: SessionOptions, { stop, conclude }: Wishes, tell: RunContext['tell']): Promise<RunStatus | 'ended'> {
  const { store, runId, home, checkers = [] } = options
  const run = store.runs.resolve(runId)
  const recipe = recipeSchema.parse(run.recipe)
  store.runs.setStatus(runId, 'running')
  tell({ kind: 'status', status: 'running', error: null })
  const engine = await options.startEngine(run.engine)
  try {
    const info = await engine.info()
    const used = engineChoice.parse(info)
    compareEngines(run.engine, used, (text) => {
      tell({
        kind: 'warning',
        iteration: run.iteration,
        stage: stageName.nullable().parse(run.stage) ?? 'seed-data',
        code: 'other-engine',
        text,
      })
    })
    if (run.engine === null) {
      store.runs.setEngine(runId, used)
      const reason = info.precisionReason === undefined ? '' : ` (${info.precisionReason})`
      if (recipe.precision === 'auto') {
        tell({ kind: 'note', iteration: 0, stage: 'seed-data', text: `The run computes in ${used.precision}${reason} and keeps to it.` })
      }
    }
    const signal = AbortSignal.any([stop, conclude])
    const context: RunContext = { runId, recipe, store, engine, precision: used.precision, home, signal, stop, conclude, tell, checkers }
    const status = await runLoop(context, run.status === 'waiting' ? run.iteration : null)
    return status === 'waiting' && conclude.aborted ? 'ended' : status
  } catch (thrown) {
    if (!(thrown instanceof LaurelError && thrown.code === 'STOPPED')) throw thrown
    if (stop.aborted) return 'stopped'
    if (conclude.aborted) return 'ended'
    throw thrown
  } finally {
    await engine.close().catch(() => {}) // it may be gone already
  }
}

/** Another engine gives other last bits: the run goes on, but it is no longer the run an uninterrupted one would have been. */
function compareEngines(before: EngineChoice | null, now: EngineChoice, tellPerson: (text: string) => void): void {
  if (before === null) return
  const differences = (['backend', 'precision', 'threads'] as const).filter((name) => before[name] !== now[name])
  if (differences.length === 0) return
  const changes = differences.map((name) => `${name} ${before[name]} -> ${now[name]}`).join(', ')
  tellPerson(`This run was begun with another engine (${changes}): its results will differ in the last bits from an uninterrupted run's.`)
}

function recordFailure(store: Store, runId: string, error: unknown, tell: RunContext['tell']): void {
  try {
    const value = toErrorValue(error)
    store.runs.setStatus(runId, 'failed', value)
    tell({ kind: 'status', status: 'failed', error: value })
  } catch {
    // The database cannot take it (a full disk): what is thrown says so.
  }
}
