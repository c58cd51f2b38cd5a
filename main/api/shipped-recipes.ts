import { closeSync } from 'node:fs'
import { openPlainFile } from '../common/read-file.ts'
import { loadRecipe, recipeDocument, recipeFile } from '../loop/load-recipe.ts'
import { recipe as recipeSchema } from '../loop/recipe.ts'
import type { RecipeDocument, ShippedRecipe } from './contract/new-run.ts'

/** In the order in which a newcomer meets them. */
const shipped = [
  {
    name: 'demo',
    title: 'Demo',
    description: 'The whole loop with a tiny model that makes up words. A program that the run never asks tells how good it gets.',
  },
  {
    name: 'smollm2',
    title: 'SmolLM2',
    description: 'The whole loop with a real small instruct model of 135 million parameters, on the seed data that ship with Laurel.',
  },
  {
    name: 'paper',
    title: 'Paper',
    description: 'The numbers of the paper (Yuan et al. 2024), for a large base model and Open Assistant data.',
  },
] as const

/** Keys whose path a shipped recipe leaves to the person, by this in place of it. */
const pathKeys = ['base_model', 'seed_data.ift', 'seed_data.eft', 'seed_data.ranked'] as const
const isPlaceholder = (path: unknown): boolean => typeof path === 'string' && path.includes('SET-ME')

export const shippedRecipes = (): ShippedRecipe[] =>
  shipped.map(({ name, title, description }) => {
    const document: RecipeDocument = structuredClone(loadRecipe(recipeFile(name)))
    const missing = pathKeys.filter((key) => isPlaceholder(valueAt(document, key)))
    for (const key of missing) emptyAt(document, key)
    return { name, title, description, recipe: document, missing }
  })

/** A recipe's file with its defaults filled in, as far as its values allow; wrong ones stay, to be corrected. */
export function completeRecipe(path: string): RecipeDocument {
  closeSync(openPlainFile(path).file) // a pipe would hold up the window
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
