import { closeSync } from 'node:fs'
import { openPlainFile } from '../../common/read-file.ts'
import { loadRecipe, recipeDocument, recipeFile } from '../../loop/recipe/load-recipe.ts'
import type { RecipeDocument, ShippedRecipe } from '../../shared/contract/new-run-contract.ts'
import { recipe as recipeSchema } from '../../shared/recipe.ts'

/** From the simplest to the largest. */
const shipped = [
  {
    name: 'demo',
    title: 'Demo',
    description: 'The whole loop with a tiny model that makes up words. An independent program measures how good it gets.',
  },
  {
    name: 'smollm2',
    title: 'SmolLM2',
    description: 'The whole loop with a small real instruct model of 135 million parameters, on the seed data that ships with Laurel.',
  },
  {
    name: 'paper',
    title: 'Paper',
    description: 'The numbers of the paper (Yuan et al. 2024), for a large base model and Open Assistant data.',
  },
] as const

/** Keys whose path a shipped recipe leaves to the user, marked by a placeholder. */
const pathKeys = ['base_model', 'seed_data.ift', 'seed_data.eft', 'seed_data.ranked'] as const
const isPlaceholder = (path: unknown): boolean => typeof path === 'string' && path.includes('SET-ME')

export const shippedRecipes = (): ShippedRecipe[] =>
  shipped.map(({ name, title, description }) => {
    const document: RecipeDocument = structuredClone(loadRecipe(recipeFile(name)))
    const missing = pathKeys.filter((key) => isPlaceholder(valueAt(document, key)))
    for (const key of missing) emptyAt(document, key)
    return { name, title, description, recipe: document, missing }
  })

/** Reads a recipe and fills in defaults as far as its values allow; invalid ones stay, for the user to fix. */
export function completeRecipe(path: string): RecipeDocument {
  closeSync(openPlainFile(path).file) // a pipe would block the UI
  const document = recipeDocument(path)
  const parsed = recipeSchema.safeParse(document)
  return parsed.success ? { ...parsed.data } : document
}

const valueAt = (document: RecipeDocument, key: string): unknown =>
  key.split('.').reduce<unknown>((at, part) => (at as RecipeDocument | undefined)?.[part], document)

/** The schema requires a model, but not the files. */
function emptyAt(document: RecipeDocument, key: string): void {
  const parts = key.split('.')
  const parent = parts.slice(0, -1).reduce((at, part) => at[part] as RecipeDocument, document)
  parent[parts.at(-1)!] = key === 'base_model' ? '' : null
}
