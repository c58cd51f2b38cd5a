import { setImmediate as nextTurn } from 'node:timers/promises'
import { readStoredRecipe } from '../../loop/recipe/stored-recipe.ts'
import type { Checker } from '../../loop/run-context.ts'
import type { Recipe } from '../../shared/recipe.ts'
import type { Store } from '../../store/store.ts'

/** Recipes read per turn of the event loop. */
const recipesAtOnce = 25

/** Finds runs whose models a program can check. Cached, since a recipe never changes; a recipe of another version can't be checked. */
export function checkableRuns(store: Store, checkersOf: (recipe: Recipe) => readonly Checker[]) {
  const known = new Map<string, boolean>()
  return async (runIds: readonly string[]): Promise<ReadonlySet<string>> => {
    let looked = 0
    for (const id of runIds) {
      if (known.has(id)) continue
      const run = store.runs.find(id)
      const recipe = run === undefined ? null : readStoredRecipe(run).recipe
      known.set(id, recipe !== null && checkersOf(recipe).length > 0)
      if (++looked % recipesAtOnce === 0) await nextTurn()
    }
    return new Set(runIds.filter((id) => known.get(id)))
  }
}
