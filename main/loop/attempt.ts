import { LaurelError } from '../common/errors.ts'
import { stoppableEngine } from '../engine/hosts/stoppable-engine.ts'
import { type EngineChoice, engineChoice, type RunStatus } from '../store/words.ts'
import type { RunContext } from './context.ts'
import { stageName } from './events.ts'
import { runLoop } from './run.ts'
import type { SessionOptions } from './session.ts'
import { storedRecipe } from './stored-recipe.ts'

/** What the user wants of a run that is being worked on. */
export interface Wishes {
  readonly stop: AbortSignal
  readonly conclude: AbortSignal
}

/** Start an engine and run the loop with it, as far as it goes. 'ended': it was asked to end early and has. */
export async function attempt(options: SessionOptions, { stop, conclude }: Wishes, tell: RunContext['tell']): Promise<RunStatus | 'ended'> {
  const { store, runId, home, checkers = [] } = options
  const run = store.runs.resolve(runId)
  const recipe = storedRecipe(run)
  store.runs.setStatus(runId, 'running')
  tell({ kind: 'status', status: 'running', error: null })
  const engine = stoppableEngine(await options.startEngine(run.engine), stop)
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
    const status = await runLoop(context)
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
function compareEngines(before: EngineChoice | null, now: EngineChoice, tellUser: (text: string) => void): void {
  if (before === null) return
  const differences = (['backend', 'precision', 'threads'] as const).filter((name) => before[name] !== now[name])
  if (differences.length === 0) return
  const changes = differences.map((name) => `${name} ${before[name]} -> ${now[name]}`).join(', ')
  tellUser(`This run was started with another engine (${changes}): its results will differ in the last bits from an uninterrupted run's.`)
}
