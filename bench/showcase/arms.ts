import { loadRecipe, recipeFile } from '../../main/loop/recipe/load-recipe.ts'
import { iterationsFrom } from '../../main/shared/derived-recipes.ts'
import { type Recipe, type RecipeInput, recipe as recipeSchema } from '../../main/shared/recipe.ts'

/** The run that is shown, and what it is compared with. */
export const arms = ['self', 'random', 'length', 'self-sft'] as const
export type Arm = (typeof arms)[number]

export const armNames: Readonly<Record<Arm, string>> = {
  self: 'judged by itself',
  random: 'control: random judge',
  length: 'control: length judge',
  'self-sft': 'control: fine-tuned on its own answers',
}

/** The recipe of a seed's run that rewards itself. */
export const selfRecipe = (model: string, seed: number): Recipe => ({
  ...loadRecipe(recipeFile('checkable')),
  ...{ name: runName('self', seed), base_model: model, seed },
})

/** The recipe of a control: the same iterations from the same M1, but what the judge says is replaced, or left out. */
export function controlRecipe(arm: Exclude<Arm, 'self'>, m1: string, seed: number): Recipe {
  const checkable = loadRecipe(recipeFile('checkable'))
  const pairs = { ...checkable.pairs, max_per_prompt: 1 } // every gap between lengths is wide enough, so there would be three times as many steps
  const changes: Readonly<Record<typeof arm, Partial<RecipeInput>>> = {
    random: { judge: { method: 'random' }, pairs: { ...pairs, min_gap: 2.5 } }, // half of its range: about as many pairs as the model makes
    length: { judge: { method: 'length' }, pairs },
    'self-sft': { method: 'self-sft', self_sft: { samples: 1, training: checkable.sft } }, // 64 steps, more than twice as many as pairs give
  }
  return recipeSchema.parse({ ...iterationsFrom(checkable, m1), name: runName(arm, seed), seed, ...changes[arm] })
}

export const runName = (arm: Arm, seed: number): string => `showcase ${arm} ${seed}`
