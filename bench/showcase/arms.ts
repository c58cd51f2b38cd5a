import { loadRecipe, recipeFile } from '../../main/loop/recipe/load-recipe.ts'
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
  const { sft, ...checkable } = loadRecipe(recipeFile('checkable'))
  const changes: Readonly<Record<typeof arm, Partial<RecipeInput>>> = {
    random: { judge: { method: 'random' } },
    length: { judge: { method: 'length' } },
    'self-sft': { method: 'self-sft', self_sft: { samples: checkable.candidates.count, training: sft } },
  }
  return recipeSchema.parse({ ...checkable, name: runName(arm, seed), base_model: m1, seed, sft: null, seed_data: {}, ...changes[arm] })
}

export const runName = (arm: Arm, seed: number): string => `showcase ${arm} ${seed}`
