import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkRecipe } from '../../main/loop/recipe/recipe-problems.ts'
import type { RecipeInput } from '../../main/shared/recipe.ts'
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
  it('that can be run has no problems, and has its defaults filled in', () => {
    const { recipe, problems } = checkRecipe(tinyRecipe(home))
    expect(problems).toEqual([])
    expect(recipe?.dpo.beta).toBe(0.1)
  })

  it('reports all its problems together, by key and in plain words', () => {
    const wrong = {
      ...{ iterations: -1, prompts: { count: 1.5, method: 'guess' }, candidates: { top_p: 3, count: 'four' } },
      ...{ dpo: { beta: 0 }, evaluation: { judge: 'M9' }, seed_data: { ift: '/no/such/file' }, color: 'green' },
    }
    expect(problemsOf(wrong).toSorted()).toEqual([
      'candidates.count: Must be a number.',
      'candidates.top_p: Must be at most 1.',
      'color: Unknown key.',
      'dpo.beta: Must be more than 0.',
      'evaluation.judge: evaluation.judge is "M9".',
      'iterations: Must be at least 0.',
      'prompts.count: Must be a whole number.',
      'prompts.method: Must be one of self-instruct, pre-query, file, grammar.',
      'seed_data.ift: file /no/such/file not found.',
    ])
  })

  it('without a base model reports that, and not a missing file', () => {
    expect(problemsOf({ base_model: '' })).toEqual(['base_model: Choose a base model.'])
    expect(problemsOf({ base_model: join(home, 'nowhere') })).toEqual([`base_model: no model found at ${join(home, 'nowhere')}.`])
  })

  it('with limits that no prompt can meet reports the value at fault', () => {
    expect(problemsOf({ prompts: { filters: { min_words: 9, max_words: 3 } } })).toEqual([
      expect.stringContaining('prompts.filters.min_words'),
    ])
  })

  it('with a length ratio that isn’t a range says so', () => {
    for (const length_ratio of [[], [0.8], [1.25, 0.8], [0.8, 1, 1.25]])
      expect(problemsOf({ pairs: { length_ratio } })).toEqual(['pairs.length_ratio: Must be two numbers, the smaller one first.'])
    expect(problemsOf({ pairs: { length_ratio: [0.8, 1.25] } })).toEqual([])
  })

  it('whose judge can’t give a reward somewhere says where', () => {
    const keysOf = (changes: object): string[] => problemsOf(changes).map((problem) => problem.split(':')[0])
    const implicit = { judge: { method: 'implicit' } }
    expect(keysOf(implicit)).toEqual([])
    expect(keysOf({ ...implicit, sft: null })).toEqual(['judge.method'])
    expect(keysOf({ ...implicit, pairs: { consistency: 'prompt' } })).toEqual(['pairs.consistency'])
    expect(keysOf({ ...implicit, evaluation: { method: 'reward', judge: 'M0' } })).toEqual(['evaluation.judge'])
    expect(keysOf({ judge: { method: 'pairwise' }, evaluation: { method: 'reward' } })).toEqual(['evaluation.method'])
    expect(keysOf({ judge: { method: 'majority' }, evaluation: { method: 'reward' } })).toEqual(['evaluation.method'])
    expect(keysOf({ judge: { method: 'verifier' } })).toEqual(['prompts.method'])
    const fromFile = { method: 'file', file: import.meta.filename }
    expect(keysOf({ judge: { method: 'verifier' }, prompts: fromFile, evaluation: { method: 'reward' } })).toEqual(['evaluation.method'])
    expect(keysOf({ judge: { method: 'verifier' }, prompts: fromFile })).toEqual([])
    expect(keysOf({ judge: { method: 'yes', prompt: 'requirement' } })).toEqual([])
    expect(keysOf({ judge: { method: 'checklist', prompt: 'yes-no' } })).toEqual(['judge.prompt'])
    expect(keysOf({ judge: { method: 'contrast', contrast: { bad: 'absent' } } })).toEqual(['judge.contrast.bad'])
  })

  it('that has programs grade responses needs prompts for it, and a model that learns from the verdicts', () => {
    const [ift, graded_prompts] = [join(home, 'ift.jsonl'), join(home, 'graded.jsonl')]
    const keysOf = (seed_data: object, changes: object = {}): string[] =>
      problemsOf({ seed_data: { ift, eft_form: 'requirements', ...seed_data }, ...changes }).map((problem) => problem.split(':')[0])
    expect(keysOf({ graded_prompts })).toEqual([])
    expect(keysOf({})).toEqual([])
    expect(keysOf({ graded_unseen: ['keywords:existence', 'keywords:missing'] })).toEqual(['seed_data.graded_unseen'])
    expect(keysOf({ graded_prompts }, { sft: null })).toEqual(['seed_data.eft_form'])
    expect(keysOf({ graded_prompts: '/no/such/file' })).toEqual(['seed_data.graded_prompts'])
    const asked = { prompts: { method: 'pre-query' } }
    expect(keysOf({ graded_prompts, ift: null }, asked)).toEqual([])
    expect(keysOf({ graded_prompts, ift: null, graded_writer: 'SFT' }, asked)).toEqual(['seed_data.graded_writer'])
    expect(keysOf({ eft_form: 'judgments' })).toEqual(['seed_data.eft_form'])
  })

  it('that compares the implicit reward with itself says so', () => {
    expect(problemsOf({ judge: { method: 'implicit' }, pairs: { agreement: true } })).toEqual([expect.stringContaining('pairs.agreement')])
  })

  it('with loss settings that contradict each other reports the setting', () => {
    const lossProblemsOf = (dpo: object): string[] => problemsOf({ dpo })
    expect(lossProblemsOf({ loss_type: ['sigmoid', 'sft'], loss_weights: [1, 0.2], label_smoothing: 0.1 })).toEqual([])
    expect(lossProblemsOf({ loss_type: 'exo_pair', label_smoothing: 0.001 })).toEqual([])
    expect(lossProblemsOf({ loss_type: 'exo_pair' })).toEqual([
      'dpo.label_smoothing: Must be more than 0 with the loss exo_pair, which is infinite at 0.',
    ])
    expect(lossProblemsOf({ loss_type: 'robust', label_smoothing: 0.5 })).toEqual(['dpo.label_smoothing: Must be less than 0.5.'])
    expect(lossProblemsOf({ loss_type: ['ipo', 'sft'], label_smoothing: 0.1 })).toEqual([
      'dpo.label_smoothing: Must be 0 with the loss ipo + sft, which has no label smoothing.',
    ])
    expect(lossProblemsOf({ loss_type: 'hinge', discopop_tau: 0.1 })).toEqual([
      'dpo.discopop_tau: Must be 0.05 with the loss hinge, which has no tau.',
    ])
    expect(lossProblemsOf({ loss_weights: [1, 2] })).toEqual(['dpo.loss_weights: Must have one weight per loss: 2 for sigmoid.'])
    expect(lossProblemsOf({ loss_type: 'kto' })[0]).toMatch(/^dpo\.loss_type: Must be one of sigmoid, hinge, .*, or a list of them\.$/)
    expect(problemsOf({ pairs: { consistency: 'prompt' }, dpo: { loss_type: ['ipo', 'sft'] } })).toEqual([])
    expect(problemsOf({ pairs: { consistency: 'prompt' }, dpo: { loss_type: 'nca_pair' } })).toEqual([
      "pairs.consistency: Must be none with the loss nca_pair, which isn't defined for a pair of partial consistency.",
    ])
    expect(lossProblemsOf({ loss_type: [] })).toEqual(['dpo.loss_type: Must not be empty.'])
  })

  it('that isn’t a document has a problem as a whole', () => {
    expect(checkRecipe([])).toMatchObject({ recipe: null, problems: [{ key: '' }] })
  })
})
