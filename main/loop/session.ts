import type { Secret } from '../common/secret.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import { stoppableEngine } from '../engine/hosts/stoppable-engine.ts'
import type { ConfiguredEngine } from '../shared/engine-settings.ts'
import { type EngineChoice, engineChoice, type JobState } from '../shared/enums.ts'
import { isStopped, LaurelError } from '../shared/errors.ts'
import { isPassing, type RunEvent, stageName } from '../shared/run-events.ts'
import type { Store } from '../store/store.ts'
import type { JobEnd, JobRow } from '../store/tables/jobs-table.ts'
import type { RunRow } from '../store/tables/runs-table.ts'
import { runAdvance } from './engine-loss.ts'
import { beginJob, type JobOutcome, type JobSession, type JobSessionOptions, type JobSignals } from './job-session.ts'
import { storedRecipe } from './recipe/stored-recipe.ts'
import { runLoop } from './run.ts'
import type { Checker, RunContext } from './run-context.ts'
import { onOneEngine, openRunEngines } from './run-engines.ts'
import { endedEarly, refuseEnded } from './stages/early-end.ts'
import { refuseUnreviewed } from './stages/wait-for-review.ts'

/** Options of a session on a run. */
export interface SessionOptions extends Pick<JobSessionOptions, 'signal' | 'wanted' | 'heartbeatMs' | 'log'> {
  readonly store: Store
  readonly home: string
  readonly runId: string
  /** Starts this machine's engine. `used`: the engine settings of the run so far, to be kept unless the user chose others. */
  readonly startEngine: (used: EngineChoice | null) => Promise<Engine>
  /** The keys of other engines. Default: there are none. */
  readonly keyOf?: (engine: ConfiguredEngine) => Secret | null
  readonly listener?: (event: RunEvent) => void
  readonly checkers?: readonly Checker[]
  /**
   * Whether the run continues in a new engine when its engine is lost (a crash, a GPU whose driver restarted), as long as it gets further in
   * between. Default: it fails, and the user resumes it.
   */
  readonly outlivesEngine?: boolean
}

/** Executes a run until it finishes, waits for a review, or is stopped, and returns its state. Throws as `beginRun` does. */
export const workOn = async (options: SessionOptions): Promise<JobState> => beginRun(options).ended

/**
 * Starts a session on a run. Throws as `beginJob` does, and BAD_INPUT if the user ended the run early or it waits for a review.
 */
export function beginRun(options: SessionOptions): JobSession {
  const { store, runId, listener, wanted, signal, heartbeatMs, log } = options
  const run = store.runs.resolve(runId)
  refuseEnded(run)
  if (wanted !== 'end') refuseUnreviewed(run)
  const tell = tellerOf(options)
  return beginJob({
    ...{ store, jobId: runId, what: `run ${runId}`, wanted, signal, heartbeatMs, log },
    work: (signals, before) => workThrough(options, signals, before, tell),
    record(end, outcome) {
      if (outcome === 'ended') tell(endedEarly(store, runId))
      if (outcome === 'guarded') store.jobs.request(runId, 'pause') // so that it doesn't resume after a sleep
      store.events.add(runId, statusEvent(end))
    },
    onEnd: (end) => listener?.(statusEvent(end)),
  })
}

const statusEvent = ({ state, error }: JobEnd | { state: 'running'; error: null }): RunEvent => ({ kind: 'status', status: state, error })

/** Forwards events, and stores those worth keeping. */
const tellerOf =
  ({ store, runId, listener }: SessionOptions): RunContext['tell'] =>
  (event) => {
    if (!isPassing(event)) store.events.add(runId, event)
    listener?.(event)
  }

/** Runs the loop until it finishes, waits, or stops, if need be in several engines one after the other. */
async function workThrough(options: SessionOptions, signals: JobSignals, before: JobRow, tell: RunContext['tell']): Promise<JobOutcome> {
  const { store, runId, wanted, outlivesEngine = false } = options
  if (before.wanted === 'end' && wanted !== 'end') noteForgottenEnd(store.runs.resolve(runId), tell)
  tell(statusEvent({ state: 'running', error: null }))
  const advance = runAdvance()
  const hear = (event: RunEvent): void => {
    advance.hear(event)
    tell(event)
  }
  for (;;) {
    try {
      return await workInOneEngine(options, signals, hear)
    } catch (thrown) {
      const isLost = thrown instanceof LaurelError && thrown.code === 'ENGINE_LOST'
      if (!isLost || !outlivesEngine || signals.stop.aborted || signals.conclude.aborted || !advance.take()) throw thrown
      tell(advance.warning(thrown))
    }
  }
}

/** Starts an engine and runs the loop until it finishes, waits, or stops. Throws ENGINE_LOST if the engine ends before. */
async function workInOneEngine(options: SessionOptions, { stop, conclude }: JobSignals, tell: RunContext['tell']): Promise<JobOutcome> {
  const { store, runId, home, checkers = [], keyOf = () => null } = options
  const run = store.runs.resolve(runId)
  const recipe = storedRecipe(run)
  const local = stoppableEngine(await options.startEngine(run.engine), stop)
  let engines = onOneEngine(local)
  try {
    engines = await openRunEngines({ home, recipe, local, keyOf, store, runId, stop })
    const precision = await settleEngine(options, local, tell)
    const signal = AbortSignal.any([stop, conclude])
    const context: RunContext = { runId, recipe, store, engines, precision, home, signal, stop, conclude, tell, checkers }
    const outcome = await runLoop(context)
    return outcome !== 'finished' && conclude.aborted ? 'ended' : outcome
  } catch (thrown) {
    if (isStopped(thrown) && stop.aborted) return 'stopped'
    if (isStopped(thrown) && conclude.aborted) return 'ended'
    throw thrown
  } finally {
    await engines.close().catch(() => {}) // it may have exited already
  }
}

/** A request to end early that didn't complete isn't honored silently by a later start: the user has to ask again. */
function noteForgottenEnd({ iteration, stage }: RunRow, tell: RunContext['tell']): void {
  const text = `An earlier "stop and keep" didn't complete, so the run continues. Choose it again to end the run.`
  tell({ kind: 'note', iteration, stage: stage ?? 'seed-data', text })
}

/** Stores the engine of the first start, and warns if a later one differs. Returns the precision. */
async function settleEngine(
  { store, runId }: SessionOptions,
  engine: Engine,
  tell: RunContext['tell'],
): Promise<EngineChoice['precision']> {
  const run = store.runs.resolve(runId)
  const info = await engine.info()
  const used = engineChoice.parse(info)
  if (run.engine === null) {
    store.runs.setEngine(runId, used)
    const reason = info.precisionReason === undefined ? '' : ` (${info.precisionReason})`
    if (storedRecipe(run).precision === 'auto') {
      tell({ kind: 'note', iteration: 0, stage: 'seed-data', text: `This run uses ${used.precision}${reason} throughout.` })
    }
  } else {
    const stage = stageName.nullable().parse(run.stage) ?? 'seed-data'
    const text = differenceBetween(run.engine, used)
    if (text !== null) tell({ kind: 'warning', iteration: run.iteration, stage, code: 'other-engine', text })
  }
  return used.precision
}

/** A different engine changes the last bits of results, so the run can continue but no longer matches an uninterrupted one. */
function differenceBetween(before: EngineChoice, now: EngineChoice): string | null {
  const differences = (['backend', 'precision', 'threads'] as const).filter((name) => before[name] !== now[name])
  if (differences.length === 0) return null
  const changes = differences.map((name) => `${name} ${before[name]} -> ${now[name]}`).join(', ')
  return `This run was started with another engine (${changes}): its results will differ from an uninterrupted run's in the last bits.`
}
