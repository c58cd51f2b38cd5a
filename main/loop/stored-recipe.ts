import { badInput, LaurelError } from '../common/errors.ts'
import type { RunRow } from '../store/runs.ts'
import { type Recipe, recipe as recipeSchema } from './recipe.ts'
import { explainIssue } from './recipe-problems.ts'
import { upgradeRecipe } from './recipe-version.ts'

/** A run's recipe, or why it can't be read. */
export type ReadRecipe = { readonly recipe: Recipe; readonly problem: null } | { readonly recipe: null; readonly problem: LaurelError }

/** What a stored recipe is read from: it is as the Laurel that made the run wrote it. */
type Owner = Pick<RunRow, 'id' | 'recipe'>

/** Recipes once read, by run, each with the text it was read from: a list of a thousand runs is asked for every second. */
const known = new Map<string, { readonly text: string; readonly read: ReadRecipe }>()

/** A run's recipe in the form of today, for callers that go on without it: a recipe that can't be read concerns its own run alone. */
export function readStoredRecipe({ id, recipe }: Owner): ReadRecipe {
  const text = JSON.stringify(recipe)
  const found = known.get(id)
  if (found?.text === text) return found.read
  const read = tryRead(id, recipe)
  known.set(id, { text, read })
  return read
}

/** A run's recipe in the form of today. Throws BAD_INPUT or UNSUPPORTED, naming run and key. */
export function storedRecipe(run: Owner): Recipe {
  const { recipe, problem } = readStoredRecipe(run)
  if (recipe === null) throw problem
  return recipe
}

/** Every text in a document, whatever its form: a file or a model that it names is among them. */
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
  const message = `The recipe of run ${id} can't be read: ${reason}`
  const remedy = 'Open it with the Laurel that made it, or make a new run. Its models and rows are untouched.'
  const problem = cause === undefined ? badInput(message, remedy) : new LaurelError(cause.code, message, cause.remedy)
  return { recipe: null, problem }
}
