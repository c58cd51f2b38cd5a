import { loadRecipe, recipeDocument, recipeFile } from '../loop/load-recipe.ts'
import { recipe as recipeSchema } from '../loop/recipe.ts'
import type { RecipeDocument, ShippedRecipe } from './contract/new-run.ts'

/** In the order in which a newcomer meets them. */
const shipped = [
  { name: 'demo', title: 'Demo' },
  { name: 'smollm2', title: 'SmolLM2' },
  { name: 'paper', title: 'Paper' },
] as const

/** Keys whose path a shipped recipe leaves to the person, by this in place of it. */
const pathKeys = ['base_model', 'seed_data.ift', 'seed_data.eft', 'seed_data.ranked'] as const
const isPlaceholder = (path: unknown): boolean => typeof path === 'string' && path.includes('SET-ME')

export const shippedRecipes = (): ShippedRecipe[] =>
  shipped.map(({ name, title }) => {
    const { description, ...recipe } = loadRecipe(recipeFile(name))
    const document: RecipeDocument = { ...structuredClone(recipe), description }
    const missing = pathKeys.filter((key) => isPlaceholder(valueAt(document, key)))
    for (const key of missing) emptyAt(document, key)
    return { name, title, description, recipe: document, missing }
  })

/** A recipe's file with its defaults filled in, as far as its values allow; wrong ones stay, to be corrected. */
export function completeRecipe(path: string): RecipeDocument {
  const document = recipeDocument(path)
  const parsed = recipeSchema.safeParse(document)
  return parsed.success ? { ...parsed.data } : document
}

const valueAt = (document: RecipeDocument, key: string): unknown =>
  key.split('.').reduce<unknown>((at, part) => (at as RecipeDocument | undefined)?.[part], document)

/** A model must be named; files need not be, as far as the schema goes. */
function emptyAt(document: RecipeDocument, key: string): void {
  const parts = key.split('.')
  const parent = parts.slice(0, -1).reduce((at, part) => at[part] as RecipeDocument, document)
  parent[parts.at(-1)!] = key === 'base_model' ? '' : null
}
