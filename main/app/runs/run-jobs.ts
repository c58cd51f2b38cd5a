import type { Engine } from '../../engine/hosts/engine.ts'
import { storedRecipe } from '../../loop/recipe/stored-recipe.ts'
import type { Checker } from '../../loop/run-context.ts'
import type { Recipe } from '../../shared/recipe.ts'
import { isPassing } from '../../shared/run-events.ts'
import type { Store } from '../../store/store.ts'
import type { JobKind } from '../jobs/job-queue.ts'
import type { LiveEvents } from './live-events.ts'
import type { EngineWish, RunsApi } from './runs.ts'

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
