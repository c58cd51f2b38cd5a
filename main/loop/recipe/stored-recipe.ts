import { badInput, LaurelError } from '../../shared/errors.ts'
import { type Recipe, recipe as recipeSchema } from '../../shared/recipe.ts'
import { upgradeRecipe } from '../../shared/recipe-version.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { explainIssue } from './recipe-problems.ts'

/** A run's recipe, or the error that kept it from being read. */
type ReadRecipe = { readonly recipe: Recipe; readonly problem: null } | { readonly recipe: null; readonly problem: LaurelError }

/** The fields to read a stored recipe from. It is in the format of the Laurel version that created the run. */
type Owner = Pick<RunRow, 'id' | 'recipe'>

/** Parsed recipes by run, with their source text: a list of a thousand runs is requested every second. */
const known = new Map<string, { readonly text: string; readonly read: ReadRecipe }>()

/** A run's recipe in the current version, for callers that can do without: an unreadable recipe only affects its own run. */
export function readStoredRecipe({ id, recipe }: Owner): ReadRecipe {
  const text = JSON.stringify(recipe)
  const found = known.get(id)
  if (found?.text === text) return found.read
  const read = tryRead(id, recipe)
  known.set(id, { text, read })
  return read
}

/** A run's recipe in the current version. Throws BAD_INPUT or UNSUPPORTED, naming run and key. */
export function storedRecipe(run: Owner): Recipe {
  const { recipe, problem } = readStoredRecipe(run)
  if (recipe === null) throw problem
  return recipe
}

/** Every string in a document of any shape. Files and models that it names are among them. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

function tryRead(id: string, document: unknown): ReadRecipe {
  try {
    const parsed = recipeSchema.safeParse(upgradeRecipe(document), { reportInput: true })
    if (parsed.success) return { recipe: parsed.data, problem: null }
    return unreadable(id, explainIssue(parsed.error.issues[0]))
  } catch (error) {
    if (error instanceof LaurelError) return unreadable(id, error.message, error)
    throw error
  }
}

function unreadable(id: string, reason: string, cause?: LaurelError): ReadRecipe {
  const message = `Couldn't read the recipe of run ${id}: ${reason}`
  const remedy = 'Open it with the Laurel version that created it, or start a new run. Its models and data are untouched.'
  const problem = cause === undefined ? badInput(message, remedy) : new LaurelError(cause.code, message, cause.remedy)
  return { recipe: null, problem }
}
