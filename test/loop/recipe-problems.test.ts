import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RecipeInput } from '../../main/loop/recipe.ts'
import { checkRecipe } from '../../main/loop/recipe-problems.ts'
import { tinyHome, tinyRecipe } from '../support/tiny-run.ts'

let home: string
let remove: () => void
beforeEach(() => {
  ;({ home, remove } = tinyHome())
})
afterEach(() => remove())

const problemsOf = (changes: object): string[] =>
  checkRecipe(tinyRecipe(home, changes as Partial<RecipeInput>)).problems.map(({ key, message }) => `${key}: ${message}`)

describe('a recipe', () => {
  it('that can be run has no problems, and comes with its defaults filled in', () => {
    const { recipe, problems } = checkRecipe(tinyRecipe(home))
    expect(problems).toEqual([])
    expect(recipe?.dpo.beta).toBe(0.1)
  })

  it('tells everything that is wrong with it at once, each by its key and in plain words', () => {
    const wrong = {
      ...{ iterations: -1, prompts: { count: 1.5, method: 'guess' }, candidates: { top_p: 3, count: 'four' } },
      ...{ dpo: { beta: 0 }, evaluation: { judge: 'M9' }, seed_data: { ift: '/no/such/file' }, colour: 'green' },
    }
    expect(problemsOf(wrong).toSorted()).toEqual([
      'candidates.count: Must be a number.',
      'candidates.top_p: Must be at most 1.',
      'colour: A recipe has no such key.',
      'dpo.beta: Must be more than 0.',
      'evaluation.judge: evaluation.judge is "M9".',
      'iterations: Must be at least 0.',
      'prompts.count: Must be a whole number.',
      'prompts.method: Must be one of self-instruct, pre-query, file.',
      'seed_data.ift: there is no file /no/such/file.',
    ])
  })

  it('without a base model says so, and nothing of a missing file', () => {
    expect(problemsOf({ base_model: '' })).toEqual(['base_model: Choose a base model.'])
    expect(problemsOf({ base_model: join(home, 'nowhere') })).toEqual([`base_model: there is no model at ${join(home, 'nowhere')}.`])
  })

  it('that asks for what no prompt can satisfy says which value is at fault', () => {
    expect(problemsOf({ prompts: { filters: { min_words: 9, max_words: 3 } } })).toEqual([
      expect.stringContaining('prompts.filters.min_words'),
    ])
  })

  it('that is no document at all has a problem as a whole', () => {
    expect(checkRecipe([])).toMatchObject({ recipe: null, problems: [{ key: '' }] })
  })
})
