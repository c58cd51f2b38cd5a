import { setTimeout as sleep } from 'node:timers/promises'
import { LaurelError } from '../common/errors.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import type { BackendName } from '../engine/protocol.ts'
import type { PrecisionWish } from '../engine/train-config.ts'
import type { Checker } from '../loop/context.ts'
import type { RunEvent } from '../loop/events.ts'
import { type Recipe, recipe as recipeSchema } from '../loop/recipe.ts'
import { checkFiles } from '../loop/recipe-files.ts'
import { workOn } from '../loop/session.ts'
import { isHeld } from '../store/locks.ts'
import type { RunRow } from '../store/runs.ts'
import type { Store } from '../store/store.ts'
import type { EngineChoice, RunStatus } from '../store/words.ts'
import type { RunDetails, RunListing } from './contract/runs.ts'
import { listingsOf } from './list-runs.ts'
import { removeRun } from './remove-run.ts'
import { detailsOf, isWorkedOn } from './show-run.ts'

/** What an engine for a run is to be started with; what is left out is the engine's to choose. */
export interface EngineWish {
  readonly backend?: BackendName
  readonly precision?: PrecisionWish
  readonly threads?: number
}

/** How a run is worked on. */
export interface WorkOptions {
  readonly startEngine: (wish: EngineWish) => Promise<Engine>
  /** What the person asks for; the rest is as the run was begun. */
  readonly wish?: EngineWish
  readonly listener?: (event: RunEvent) => void
  readonly signal?: AbortSignal
  readonly conclude?: AbortSignal
  readonly checkers?: readonly Checker[]
}

/** How often a stop that was asked of another process is looked for. */
const pollMs = 100

/** Runs, for whoever shows them: the command line now, the window later. */
export function runsApi({ home, store }: { readonly home: string; readonly store: Store }) {
  return {
    /** Makes a run; gives its id. Nothing is computed yet. Throws where a file that the recipe names is not there. */
    create({ recipe, name }: { recipe: Recipe; name?: string }): string {
      checkFiles(recipe)
      return store.runs.create({ name: name ?? recipe.name, recipe })
    },

    /** Newest first. */
    list: (): RunListing[] => listingsOf(store),

    show: (id: string): RunDetails => detailsOf(store, store.runs.resolve(id)),

    /**
     * Works on a run until it is finished, waits for a review, or is stopped; gives its status then. The first time and every later one are
     * the same: what is missing is done. Throws BUSY where another process works on it.
     */
    work(id: string, { startEngine, wish = {}, ...options }: WorkOptions): Promise<RunStatus> {
      const run = store.runs.resolve(id)
      const start = (used: EngineChoice | null): Promise<Engine> =>
        startFor(run, startEngine, { ...wishOf(run, used), ...given(wish, used) })
      return workOn({ store, home, runId: run.id, startEngine: start, ...options })
    },

    /**
     * Stops a run, in whatever process it is worked on: asks it and waits until it has stopped. Gives false where nobody works on it.
     */
    async stop(id: string, signal?: AbortSignal): Promise<boolean> {
      const run = store.runs.resolve(id)
      if (!isWorkedOn(store, run.id)) {
        if (run.status === 'running') store.runs.setStatus(run.id, 'stopped')
        return false
      }
      store.locks.requestStop(run.id)
      await released(store, run.id, signal)
      return true
    },

    /** Asks whoever works on a run to end it early, and waits until that has come about. Gives false where nobody works on it. */
    async end(id: string, signal?: AbortSignal): Promise<boolean> {
      const run = store.runs.resolve(id)
      if (!isWorkedOn(store, run.id)) return false
      store.runs.requestEnd(run.id)
      await released(store, run.id, signal)
      return true
    },

    rename: (id: string, name: string): void => store.runs.rename(store.runs.resolve(id).id, name),

    /** Throws BUSY where somebody works on it. */
    remove: (id: string): void => removeRun(store, home, store.runs.resolve(id)),

    /** Counts from the next training on, also for a run that is being worked on. */
    setReviewWait(id: string, wait: boolean): void {
      const run = store.runs.resolve(id)
      const recipe = recipeSchema.parse(run.recipe)
      store.runs.setRecipe(run.id, { ...recipe, review: { ...recipe.review, wait } })
    },
  }
}
export type RunsApi = ReturnType<typeof runsApi>

/** Resolves when the process that works on a run has let go of it, or is gone. */
async function released(store: Store, runId: string, signal?: AbortSignal): Promise<void> {
  const token = store.locks.find(runId)?.token
  for (;;) {
    const now = store.locks.find(runId)
    if (now?.token !== token || now === undefined || !isHeld(now)) return
    await sleep(pollMs, undefined, { signal })
  }
}

/** As the run was begun, so that its results stay the same to the last bit; for a new run, as the recipe says. */
const wishOf = (run: RunRow, used: EngineChoice | null): EngineWish => used ?? { precision: (run.recipe as Recipe).precision }

/** What was asked for. `auto` asks for nothing of a run that has been started: it keeps the precision it took. */
const given = (wish: EngineWish, used: EngineChoice | null): EngineWish =>
  Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined && !(value === 'auto' && used !== null)))

/** Only the native backend multiplies in bfloat16: a recipe that asks for it elsewhere gets float32, a person who does gets an error. */
async function startFor(run: RunRow, startEngine: WorkOptions['startEngine'], wish: EngineWish): Promise<Engine> {
  const engine = await startEngine(wish)
  if (wish.precision !== 'bfloat16') return engine
  const { backend } = await engine.info()
  if (backend === 'tensorflow') return engine
  await engine.close()
  if (run.engine !== null) {
    throw new LaurelError(
      'UNSUPPORTED',
      `Run ${run.id} was begun in bfloat16, which the ${backend} backend does not know.`,
      'Install the native runtime (laurel runtime install), or resume with --precision float32.',
    )
  }
  return startEngine({ ...wish, precision: 'float32' })
}
