import { describe, expect, it } from 'vitest'
import { loadRecipe, recipeFile } from '../../main/loop/recipe/load-recipe.ts'
import { consistencyProblems } from '../../main/loop/recipe/recipe-problems.ts'
import type { ShownModel } from '../../main/shared/contract/runs-contract.ts'
import { derivations, derivedRecipe } from '../../main/shared/derived-recipes.ts'

const models = ['M0', 'SFT', 'M1', 'M2', 'M3'].map((name) => ({ name, path: `/runs/${name}`, made: null }) as ShownModel)

describe('a run that follows from another', () => {
  const recipe = loadRecipe(recipeFile('checkable'), [['seed', '4']])

  it('as its control has the same iterations from the same M1, but random rewards', () => {
    const control = derivedRecipe({ recipe, models }, 'control')!
    expect(control).toMatchObject({ base_model: '/runs/M1', sft: null, seed: 4, iterations: 2, judge: { method: 'random' } })
    const { base_model: _m, sft: _s, seed_data: _d, judge: _j, ...own } = recipe
    expect(control).toMatchObject(own)
  })

  it('as its control makes as many pairs as the run did on average', () => {
    const counts = [null, null, 151, 70, null]
    const made = models.map((model, i) => ({ ...model, made: counts[i] === null ? null : { pairs: counts[i] } }) as ShownModel)
    expect(derivedRecipe({ recipe, models: made }, 'control')!.pairs).toEqual({ ...recipe.pairs, max_per_iteration: 111 })
    expect(derivedRecipe({ recipe, models: made }, 'continuation')!.pairs).toEqual(recipe.pairs)
  })

  it('as one more iteration starts from the last model, with another seed so that its prompts are new', () => {
    const more = derivedRecipe({ recipe, models }, 'continuation')!
    expect(more).toMatchObject({ base_model: '/runs/M3', sft: null, seed: 5, iterations: 1, judge: recipe.judge })
  })

  it('is missing as long as M1 is', () => {
    for (const derivation of derivations) expect(derivedRecipe({ recipe, models: models.slice(0, 2) }, derivation)).toBeNull()
  })

  it.each(['demo', 'checkable', 'smollm2', 'paper'])('has a consistent recipe if the recipe %s is', (name) => {
    const base = loadRecipe(recipeFile(name))
    for (const derivation of derivations) {
      const derived = derivedRecipe({ recipe: base, models }, derivation)!
      const known = new Set(consistencyProblems(base).map(({ key }) => key))
      expect(consistencyProblems(derived).filter(({ key }) => !known.has(key))).toEqual([])
    }
  })
})
