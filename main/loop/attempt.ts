import { stoppableEngine } from '../engine/hosts/stoppable-engine.ts'
import { type EngineChoice, engineChoice, type RunStatus } from '../shared/enums.ts'
import { LaurelError } from '../shared/errors.ts'
import { stageName } from '../shared/run-events.ts'
import { storedRecipe } from './recipe/stored-recipe.ts'
import { runLoop } from './run.ts'
import type { RunContext } from './run-context.ts'
import type { SessionOptions } from './session.ts'

/** The user's requests about an active run. */
export interface Wishes {
  readonly stop: AbortSignal
  readonly conclude: AbortSignal
}

/** Starts an engine and runs the loop until it finishes, waits, or stops. 'ended': stopped early on request. */
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
        tell({ kind: 'note', iteration: 0, stage: 'seed-data', text: `This run uses ${used.precision}${reason} throughout.` })
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
    await engine.close().catch(() => {}) // it may have exited already
  }
}

/** A different engine changes the last bits of results, so the run can continue but no longer matches an uninterrupted one. */
function compareEngines(before: EngineChoice | null, now: EngineChoice, tellUser: (text: string) => void): void {
  if (before === null) return
  const differences = (['backend', 'precision', 'threads'] as const).filter((name) => before[name] !== now[name])
  if (differences.length === 0) return
  const changes = differences.map((name) => `${name} ${before[name]} -> ${now[name]}`).join(', ')
  tellUser(`This run was started with another engine (${changes}): its results will differ from an uninterrupted run's in the last bits.`)
}
