import { setTimeout as sleep } from 'node:timers/promises'
import { badInput, LaurelError } from '../common/errors.ts'
import { oneLine } from '../common/one-line.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import type { BackendName } from '../engine/protocol.ts'
import type { PrecisionWish } from '../engine/train-config.ts'
import type { Checker } from '../loop/context.ts'
import { refuseEnded } from '../loop/early-end.ts'
import type { RunEvent } from '../loop/events.ts'
import type { Recipe } from '../loop/recipe.ts'
import { checkFiles } from '../loop/recipe-files.ts'
import { isUnreviewed, refuseUnreviewed } from '../loop/review.ts'
import { beginWork, type Session } from '../loop/session.ts'
import { storedRecipe } from '../loop/stored-recipe.ts'
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
  /** Where what no document can hold is written. */
  readonly log?: (text: string) => void
}

/** How often a stop that was asked of another process is looked for. */
const pollMs = 100

/** Runs, for the command line and the window. */
export function runsApi({ home, store }: { readonly home: string; readonly store: Store }) {
  function begin(id: string, { startEngine, wish = {}, ...options }: WorkOptions): Session {
    const run = store.runs.resolve(id)
    const start = (used: EngineChoice | null): Promise<Engine> => startFor(run, startEngine, { ...wishOf(run, used), ...given(wish, used) })
    return beginWork({ store, home, runId: run.id, startEngine: start, ...options })
  }

  return {
    /** Makes a run; gives its id. Nothing is computed yet. Throws where a file that the recipe names is not there. */
    create({ recipe, name }: { recipe: Recipe; name?: string }): string {
      checkFiles(recipe)
      return store.runs.create({ name: oneLine(name ?? '') || recipe.name, recipe })
    },

    /** Newest first. */
    list: (): RunListing[] => listingsOf(store),

    show: (id: string): RunDetails => detailsOf(store, store.runs.resolve(id)),

    /** Throws where a start of the run would be refused: another process works on it, it was ended early, or it waits for a review. */
    mustBeStartable(run: RunRow): void {
      refuseEnded(run)
      refuseUnreviewed(run)
      const lock = store.locks.find(run.id)
      if (lock === undefined || !isHeld(lock)) return
      throw new LaurelError('BUSY', `Process ${lock.pid} on ${lock.host} works on run ${run.id}.`, 'Pause it; then it can be started here.')
    },

    /**
     * Starts to work on a run. The first time and every later one are the same: what is missing is done. Throws BUSY where another process works
     * on it.
     */
    begin,

    /**
     * Works on a run until it is finished, waits for a review, or is stopped; gives its status then. Throws as `begin` does.
     */
    work: async (id: string, options: WorkOptions): Promise<RunStatus> => begin(id, options).ended,

    /**
     * The user has reviewed the pairs of this iteration (left out: the one it is in), for which the run waits; stored, so that the next start trains
     * on them. Throws BAD_INPUT where the run does not wait for that.
     */
    confirmReview(id: string, iteration?: number): void {
      const run = store.runs.resolve(id)
      const reviewed = iteration ?? run.iteration
      if (run.status !== 'waiting' || reviewed !== run.iteration) {
        throw badInput(
          `Run ${run.id} does not wait for a review${iteration === undefined ? '' : ` of iteration ${iteration}`}.`,
          run.status === 'waiting' ? `It waits for iteration ${run.iteration}: look at its pairs first.` : 'Start it as it is.',
        )
      }
      store.runs.confirmReview(run.id, reviewed)
    },

    /** Whether a run waits for the user's review, so that a start would be refused. */
    waitsForReview: (id: string): boolean => isUnreviewed(store.runs.resolve(id)),

    /**
     * Stops a run, in whatever process it is worked on: asks it and waits until it has stopped. Gives false where nobody works on it.
     */
    async stop(id: string, signal?: AbortSignal): Promise<boolean> {
      const run = store.runs.resolve(id)
      store.runs.setWanted(run.id, 'pause')
      store.runs.leaveQueue(run.id)
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

    rename(id: string, name: string): void {
      const printable = oneLine(name)
      if (printable === '') throw badInput('The name has no character that can be shown.', 'Give another name.')
      store.runs.rename(store.runs.resolve(id).id, printable)
    },

    /** Throws BUSY where somebody works on it. */
    remove: (id: string): Promise<void> => removeRun(store, home, store.runs.resolve(id)),

    /** Counts from the next training on, also for a run that is being worked on. */
    setReviewWait(id: string, wait: boolean): void {
      const run = store.runs.resolve(id)
      const recipe = storedRecipe(run)
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
const wishOf = (run: RunRow, used: EngineChoice | null): EngineWish => used ?? { precision: storedRecipe(run).precision }

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
