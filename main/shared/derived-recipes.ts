import type { RunDetails, ShownModel } from './contract/runs-contract.ts'
import { modelNumber } from './model-number.ts'
import { type Recipe, recipe as recipeSchema } from './recipe.ts'

/** Runs that follow from another one: its control, and one more iteration. */
export const derivations = ['control', 'continuation'] as const
export type Derivation = (typeof derivations)[number]

export const derivationNames: Readonly<Record<Derivation, string>> = { control: 'random judge', continuation: 'one more iteration' }

/**
 * A recipe's iterations from a model that is there already: nothing is fine-tuned first. Seed data stays, for few-shot examples and for the
 * human rankings that judges are measured on.
 */
export function iterationsFrom(recipe: Recipe, model: string): Recipe {
  const { eft, eft_form, ...seed_data } = recipe.seed_data
  return recipeSchema.parse({ ...recipe, base_model: model, sft: null, seed_data })
}

/** The recipe of a run that follows from `run`. Null: it hasn't made the model that this run starts from. */
export function derivedRecipe({ recipe, models }: Pick<RunDetails, 'recipe' | 'models'>, derivation: Derivation): Recipe | null {
  const trained = models.filter(({ name }) => (modelNumber(name) ?? 0) > 0)
  const from = derivation === 'control' ? trained[0] : trained.at(-1)
  if (from === undefined) return null
  const same = iterationsFrom(recipe, from.path)
  if (derivation === 'continuation') return { ...same, iterations: 1, seed: recipe.seed + 1 } // with the same seed, it would write the first iteration's prompts again
  return { ...same, judge: { ...recipe.judge, method: 'random' }, pairs: { ...recipe.pairs, max_per_iteration: pairsMade(trained) } }
}

/**
 * Pairs per iteration, on average; null: none were made. Nearly every gap between random rewards is wide enough, so a control without this
 * limit would train for longer.
 */
function pairsMade(models: readonly ShownModel[]): number | null {
  const counts = models.flatMap(({ made }) => (made === null || made.pairs === 0 ? [] : [made.pairs]))
  return counts.length === 0 ? null : Math.round(counts.reduce((sum, count) => sum + count, 0) / counts.length)
}
