import type { Recipe } from '../../loop/recipe.ts'
import { readStoredRecipe } from '../../loop/stored-recipe.ts'
import type { Application } from '../application.ts'
import { arenaApi } from '../evaluate/arena.ts'
import { settingsOf } from '../evaluate/new-suite.ts'
import { api, streamed } from '../implementation.ts'
import { findModel, mustWork } from '../models/library.ts'

export const evaluateRouter = ({ home, store, bench, suites, checkersOf }: Application) => {
  /** Nothing is known of a run whose recipe can't be read. */
  const isCheckable = (recipe: Recipe | null): boolean => recipe !== null && checkersOf(recipe).length > 0
  const arena = arenaApi({ store, bench })
  return api.evaluate.router({
    sources: api.evaluate.sources.handler(() =>
      store.runs.list().map(({ id, name, recipe }) => ({
        runId: id,
        runName: name,
        heldOut: store.examples.count(id, 'held-out'),
        ranked: store.examples.count(id, 'ranked-held-out'),
        instructions: store.examples.count(id, 'ift'),
        checkable: isCheckable(readStoredRecipe({ id, recipe }).recipe),
      })),
    ),
    ofRuns: api.evaluate.ofRuns.handler(() =>
      store.runs.list().flatMap(({ id, name }) =>
        store.evaluations.ofRun(id).map(({ model, kind, against, judge, result }) => ({
          ...{ runId: id, runName: name, model, kind, against, judge },
          figures: result,
        })),
      ),
    ),
    suites: {
      list: api.evaluate.suites.list.handler(() => suites.list()),
      start: api.evaluate.suites.start.handler(async ({ input }) => {
        const { settings, title } = await settingsOf({ home, store }, input)
        return { id: suites.start(settings, title) }
      }),
      cancel: api.evaluate.suites.cancel.handler(({ input }) => suites.cancel(input.id)),
      resume: api.evaluate.suites.resume.handler(({ input }) => suites.resume(input.id)),
      remove: api.evaluate.suites.remove.handler(({ input }) => suites.remove(input.id)),
    },
    arena: {
      waiting: api.evaluate.arena.waiting.handler(({ input }) => arena.waiting(input.models)),
      round: api.evaluate.arena.round.handler(async ({ input: { models, prompt, sampling }, signal }) => {
        const chosen = await Promise.all([...new Set(models)].map(async (id) => mustWork(await findModel(home, store, id))))
        return streamed(arena.round(chosen, prompt, sampling, signal))
      }),
      vote: api.evaluate.arena.vote.handler(({ input: { roundId, vote, seconds } }) => arena.vote(roundId, vote, seconds)),
      undo: api.evaluate.arena.undo.handler(({ input }) => arena.undo(input.roundId)),
      standings: api.evaluate.arena.standings.handler(() => arena.standings()),
    },
  })
}
