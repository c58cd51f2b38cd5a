import type { RecipeDocument } from '../../../../main/shared/contract/new-run-contract.ts'
import { type Method, recipe as recipeSchema } from '../../../../main/shared/recipe.ts'
import { valueAt } from '../document.ts'
import type { Field } from './field.ts'

const initial = recipeSchema.shape.method.parse(undefined)

/** Whether a recipe's method is one of these. */
export const methodIn =
  (...methods: Method[]) =>
  (recipe: RecipeDocument): boolean =>
    methods.some((method) => method === (valueAt(recipe, 'method') ?? initial))

export const isSelfRewarding = methodIn('self-rewarding')

/** Fields that apply to some methods only. */
export const ofMethods = (methods: readonly Method[], fields: readonly Field[]): Field[] => {
  const isOne = methodIn(...methods)
  return fields.map((field) => ({ ...field, when: (recipe) => isOne(recipe) && (field.when?.(recipe) ?? true) }))
}
