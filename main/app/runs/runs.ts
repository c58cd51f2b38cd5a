import type { Engine } from '../../engine/hosts/engine.ts'
import type { JobSession, JobSessionOptions } from '../../loop/job-session.ts'
import { checkEngines } from '../../loop/recipe/engine-problems.ts'
import { checkFiles } from '../../loop/recipe/recipe-files.ts'
import { storedRecipe } from '../../loop/recipe/stored-recipe.ts'
import type { Checker } from '../../loop/run-context.ts'
import { beginRun, type SessionOptions } from '../../loop/session.ts'
import { refuseEnded } from '../../loop/stages/early-end.ts'
import { isUnreviewed, refuseUnreviewed } from '../../loop/stages/wait-for-review.ts'
import type { RunDetails, RunListing } from '../../shared/contract/runs-contract.ts'
import { type BackendName, hasBfloat16 } from '../../shared/engine-protocol.ts'
import type { EngineChoice, JobState } from '../../shared/enums.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { oneLine } from '../../shared/one-line.ts'
import type { Recipe } from '../../shared/recipe.ts'
import { isPassing, type RunEvent } from '../../shared/run-events.ts'
import type { PrecisionWish } from '../../shared/train-config.ts'
import type { Store } from '../../store/store.ts'
import { isWorkedOn } from '../../store/tables/jobs-table.ts'
import type { PlannedStage, RunRow } from '../../store/tables/runs-table.ts'
import { type JobKind, requestPause } from '../jobs/job-queue.ts'
import { settingsFile } from '../system/settings-file.ts'
import { runEditing } from './edit-run.ts'
import type { LiveEvents } from './live-events.ts'
import { removeRun } from './remove-run.ts'
import { detailsOf, listingsOf } from './show-run.ts'
import { webhook } from './webhook.ts'

/** Requested engine settings; the engine chooses what is left out. */
export interface EngineWish {
  readonly backend?: BackendName
  readonly precision?: PrecisionWish
  readonly threads?: number
}

/** Options for executing a run. */
export interface WorkOptions extends Pick<JobSessionOptions, 'signal' | 'wanted' | 'log'> {
  readonly startEngine: (wish: EngineWish) => Promise<Engine>
  /** The user's request; everything else stays as the run was started. */
  readonly wish?: EngineWish
  readonly listener?: (event: RunEvent) => void
  readonly checkers?: readonly Checker[]
}

interface RunsOptions {
  readonly home: string
  readonly store: Store
  /** The keys of engines besides this machine. */
  readonly keyOf?: SessionOptions['keyOf']
}

interface NewRun {
  readonly recipe: Recipe
  readonly name?: string
  /** The run whose recipe it was copied from. */
  readonly source?: string | null
}

/** Runs, for the command line and the UI. */
export function runsApi({ home, store, keyOf }: RunsOptions) {
  const hook = webhook(() => settingsFile(home).get().webhook)

  function begin(id: string, { startEngine, wish = {}, listener = () => {}, ...options }: WorkOptions): JobSession {
    const run = store.runs.resolve(id)
    const start = (used: EngineChoice | null): Promise<Engine> => startFor(run, startEngine, { ...wishOf(run, used), ...given(wish, used) })
    const hear = (event: RunEvent): void => {
      listener(event)
      hook.tell(run, event, options.log ?? (() => {}))
    }
    if (options.wanted !== 'end') checkEngines(storedRecipe(run), store.engines.list())
    return beginRun({ store, home, keyOf, runId: run.id, startEngine: start, listener: hear, outlivesEngine: true, ...options })
  }

  function create({ recipe, name, source = null, seedGroup = null }: NewRun & { readonly seedGroup?: number | null }): string {
    checkFiles(recipe)
    checkEngines(recipe, store.engines.list())
    const sourceId = source === null ? null : (store.runs.find(source)?.id ?? null)
    return store.runs.create({ name: oneLine(name ?? '') || recipe.name, recipe, sourceId, seedGroup })
  }

  return {
    ...runEditing({ store, home }),

    /** Creates a run without starting it and returns its id. Throws if a file in the recipe doesn't exist. */
    create,

    /** Creates so many runs that differ in their seed alone, as a group, and returns their ids. */
    createWithSeeds({ recipe, ...run }: NewRun, seeds: number): string[] {
      if (seeds === 1) return [create({ recipe, ...run })]
      const name = oneLine(run.name ?? '') || recipe.name
      return store.transaction(() => {
        const seedGroup = store.runs.addSeedGroup(name)
        return Array.from({ length: seeds }, (_, i) => {
          const seed = recipe.seed + i
          return create({ ...run, name: `${name}, seed ${seed}`, recipe: { ...recipe, seed }, seedGroup })
        })
      })
    },

    /** Stores what a run's stages were estimated to take, unless it or the store is gone. */
    setPlan(id: string, stages: readonly PlannedStage[]): void {
      if (store.isOpen()) store.runs.setPlan(id, stages)
    },

    describe(id: string, { tags, note }: { readonly tags: readonly string[]; readonly note: string }): void {
      const printable = [...new Set(tags.map(oneLine).filter((tag) => tag !== ''))]
      store.runs.describe(store.runs.resolve(id).id, { tags: printable, note: note.trim() })
    },

    /** Newest first. */
    list: (): RunListing[] => listingsOf(store),

    show: (id: string): RunDetails => detailsOf(store, store.runs.resolve(id)),

    /** Throws if a start must be refused: another process is running it, it was ended early, or it waits for a review. */
    mustBeStartable(run: RunRow): void {
      refuseEnded(run)
      refuseUnreviewed(run)
      checkEngines(storedRecipe(run), store.engines.list())
      const job = store.jobs.find(run.id)
      if (job === undefined || !isWorkedOn(job)) return
      throw new LaurelError('BUSY', `Process ${job.pid} on ${job.host} is running ${run.id}.`, 'Pause it there first, then start it here.')
    },

    /** Starts or resumes a run; both complete whatever is missing. Throws BUSY if another process is running it. */
    begin,

    /** Executes a run until it is finished, waits for a review, or is stopped; returns its status then. Throws like `begin`. */
    async work(id: string, options: WorkOptions): Promise<JobState> {
      try {
        return await begin(id, options).ended
      } finally {
        await hook.sent() // the process may exit now
      }
    },

    /**
     * Confirms that the user has reviewed the pairs of this iteration (default: the current one), which the run waits for. Stored, so that
     * the next start trains on them. Throws BAD_INPUT if the run doesn't wait for that.
     */
    confirmReview(id: string, iteration?: number): void {
      const run = store.runs.resolve(id)
      const reviewed = iteration ?? run.iteration
      if (run.status !== 'waiting-for-review' || reviewed !== run.iteration) {
        throw badInput(
          `Run ${run.id} isn't waiting for a review${iteration === undefined ? '' : ` of iteration ${iteration}`}.`,
          run.status === 'waiting-for-review'
            ? `It is waiting for iteration ${run.iteration}: review its pairs first.`
            : 'Start it without confirming a review.',
        )
      }
      store.runs.confirmReview(run.id, reviewed)
    },

    /** Whether a run waits for the user's review, so that a start must be refused. */
    waitsForReview: (id: string): boolean => isUnreviewed(store.runs.resolve(id)),

    /** Stops a run in whichever process it is running, and waits until it has stopped. Returns false if no process is running it. */
    stop: (id: string, signal?: AbortSignal): Promise<boolean> => requestPause(store, store.runs.resolve(id).id, signal),

    rename(id: string, name: string): void {
      const printable = oneLine(name)
      if (printable === '') throw badInput('The name must contain a printable character.', 'Enter another name.')
      store.runs.rename(store.runs.resolve(id).id, printable)
    },

    /** Throws BUSY if a process is running it. */
    remove: (id: string): Promise<void> => removeRun(store, home, store.runs.resolve(id)),

    /** Takes effect at the next training, even while the run is running. */
    setReviewWait(id: string, wait: boolean): void {
      const run = store.runs.resolve(id)
      const recipe = storedRecipe(run)
      store.runs.setRecipe(run.id, { ...recipe, review: { ...recipe.review, wait } })
    },
  }
}
export type RunsApi = ReturnType<typeof runsApi>

/** The settings the run was started with, so that results stay bit-identical; for a new run, those of the recipe. */
const wishOf = (run: RunRow, used: EngineChoice | null): EngineWish => used ?? { precision: storedRecipe(run).precision }

/** The user's request. `auto` doesn't change a started run: it keeps its precision. */
const given = (wish: EngineWish, used: EngineChoice | null): EngineWish =>
  Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined && !(value === 'auto' && used !== null)))

/** If the recipe asks for bfloat16 of a backend without it, falls back to float32; if the user does, throws. */
async function startFor(run: RunRow, startEngine: WorkOptions['startEngine'], wish: EngineWish): Promise<Engine> {
  const engine = await startEngine(wish)
  if (wish.precision !== 'bfloat16') return engine
  const { backend } = await engine.info()
  if (hasBfloat16(backend)) return engine
  await engine.close()
  if (run.engine !== null) {
    throw new LaurelError(
      'UNSUPPORTED',
      `Run ${run.id} was started in bfloat16, which the ${backend} backend doesn't support.`,
      'Install the native runtime (laurel runtime install), or resume with --precision float32.',
    )
  }
  return startEngine({ ...wish, precision: 'float32' })
}

export interface RunJobsOptions {
  readonly store: Store
  readonly runs: RunsApi
  readonly live: LiveEvents
  readonly startEngine: (wish: EngineWish) => Promise<Engine>
  /** External evaluations that belong to a recipe (the demo's grading program). */
  readonly checkersOf: (recipe: Recipe) => readonly Checker[]
  readonly log?: (source: string, text: string) => void
}

/** Runs as jobs. */
export const runJobs = ({ store, runs, live, startEngine, checkersOf, log = () => {} }: RunJobsOptions): JobKind => ({
  isUnattended: false,
  nameOf: (id) => store.runs.resolve(id).name,
  mustBeStartable: (id) => runs.mustBeStartable(store.runs.resolve(id)),
  begin: (id, wanted) =>
    runs.begin(id, {
      startEngine,
      wanted,
      checkers: checkersOf(storedRecipe(store.runs.resolve(id))),
      listener(event) {
        if (isPassing(event) || store.jobs.unsaved(id) !== undefined) live.pass(id, event)
      },
      log: (text) => log(`run ${id}`, text),
    }),
})
