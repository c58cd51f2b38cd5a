import { describe, expect, it } from 'vitest'
import { engineProblems } from '../../main/loop/recipe/engine-problems.ts'
import { type ConfiguredEngine, type EngineAbilities, raySettings } from '../../main/shared/engine-settings.ts'
import { type Recipe, type RecipeInput, recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { serverEngine } from '../support/configured-engines.ts'

const ray: ConfiguredEngine = {
  ...{ name: 'ray', addedAt: '', test: null },
  settings: raySettings.parse({ kind: 'ray', address: 'http://127.0.0.1:8265', storage: '/shared' }),
}
const recipeWith = (changes: Partial<RecipeInput>): Recipe => recipeSchema.parse({ name: 'x', base_model: '/x', ...changes })
const problemsOf = (changes: Partial<RecipeInput>, has: Partial<EngineAbilities> | null = {}) =>
  engineProblems(recipeWith(changes), [serverEngine('big', has)])

describe('the engines of a recipe', () => {
  it('have no problem if everything is done on this machine', () => {
    expect(engineProblems(recipeWith({}), [])).toEqual([])
  })

  it('must be configured on this machine: one error says which isn’t, for all roles that name it', () => {
    const problems = engineProblems(recipeWith({ engines: { judge: 'big', evaluate: 'big' } }), [serverEngine('other', {})])
    expect(problems).toEqual([
      {
        key: 'engines.judge',
        message: "The recipe names the engine big (engines.judge, engines.evaluate), which isn't configured on this machine.",
        remedy: 'Add it (System > Engines, or laurel engine add big), or set them to local or another engine.',
      },
    ])
  })

  it('can be a Ray cluster in every role', () => {
    const engines = { prompts: 'ray', answers: 'ray', judge: 'ray', train: 'ray', evaluate: 'ray' }
    const recipe = recipeWith({ engines, judge: { method: 'implicit' }, sft: { dropout: 0 }, dpo: { dropout: 0 } })
    expect(engineProblems(recipe, [ray])).toEqual([])
  })
})

describe('a Ray cluster', () => {
  const trained = { engines: { train: 'ray' }, sft: { dropout: 0 }, dpo: { dropout: 0 } }
  const keysOf = (changes: Partial<RecipeInput>): string[] =>
    engineProblems(recipeWith({ ...trained, ...changes }), [ray]).map(({ key }) => key)

  it('is refused a training with what TRL lacks before the run starts, with the setting to change', () => {
    expect(engineProblems(recipeWith({ ...trained, dpo: {} }), [ray])).toEqual([
      {
        key: 'dpo.dropout',
        message: 'ray trains by TRL, which has no dropout outside adapters.',
        remedy: 'Set dpo.dropout to 0, or engines.train to local.',
      },
    ])
    expect(keysOf({ sft: { dropout: 0, prompt_weight: 0.5 } })).toEqual(['sft.prompt_weight'])
    expect(keysOf({ dpo: { dropout: 0, label_smoothing: 0.1 } })).toEqual(['dpo.label_smoothing'])
    expect(keysOf({ dpo: { dropout: 0, label_smoothing: 0.1, loss_type: 'robust' } })).toEqual([])
    expect(keysOf({ pairs: { consistency: 'prompt' } })).toEqual(['pairs.consistency'])
    expect(keysOf({ seed_data: { eft_form: ['requirements'] } })).toEqual(['seed_data.graded_weight'])
    expect(keysOf({ seed_data: { eft_form: ['ranked'] } })).toEqual(['seed_data.eft_form'])
    expect(keysOf({ method: 'self-sft', self_sft: { training: {} } })).toEqual(['self_sft.training.dropout'])
    expect(keysOf({ checkpoint_choice: { every: 200 } })).toEqual(['checkpoint_choice.every'])
  })

  it("has no problem with the settings of trainings that a run doesn't make, or that this machine makes", () => {
    expect(keysOf({ sft: null, iterations: 0, dpo: {} })).toEqual([])
    expect(keysOf({ iterations: 0, checkpoint_choice: { every: 200 } })).toEqual([])
    expect(keysOf({ method: 'self-sft', dpo: {}, pairs: { consistency: 'prompt' } })).toEqual([])
    expect(keysOf({ engines: { judge: 'ray' }, sft: {}, dpo: {} })).toEqual([])
  })
})

describe('an OpenAI-compatible server', () => {
  it("can't train, and can't answer for the run's models", () => {
    expect(problemsOf({ engines: { train: 'big' } })).toMatchObject([
      { key: 'engines.train', message: expect.stringContaining("can't train") },
    ])
    expect(problemsOf({ engines: { answers: 'big' } })).toMatchObject([
      { key: 'engines.answers', message: expect.stringContaining("big-model and not the run's own models") },
    ])
  })

  it('judges by text without a test, and by probabilities only after one', () => {
    const engines = { judge: 'big' }
    expect(problemsOf({ engines, judge: { method: 'additive' } }, null)).toEqual([])
    expect(problemsOf({ engines, judge: { method: 'random' } }, null)).toEqual([])
    expect(problemsOf({ engines, judge: { method: 'yes' } }, null)).toEqual([
      {
        key: 'engines.judge',
        message: "Whether big can serve the judge yes isn't known, because it hasn't been tested.",
        remedy: 'Test it: laurel engine test big, or System > Engines.',
      },
    ])
    expect(problemsOf({ engines, judge: { method: 'yes' } })).toEqual([])
  })

  it.each([
    ['yes', { logprobs: 0 }, 'log-probabilities of the first token'],
    ['checklist', { logprobs: 0 }, 'log-probabilities of the first token'],
    ['pairwise', { logprobs: 1 }, 'log-probabilities of the first token'],
    ['expected', { continues: false }, 'continuing a response'],
    ['contrast', { prompt_logprobs: null }, 'prompt_logprobs'],
    ['contrast', { prompt_logprobs: 'echo' }, 'prompt_logprobs'], // of plain text only, and a judge asks with messages
  ] as const)(
    'that lacks what the judge %s needs is refused, with the role, the engine, the judge, and a remedy',
    (method, lacking, named) => {
      expect(problemsOf({ engines: { judge: 'big' }, judge: { method } })).toEqual([])
      expect(problemsOf({ engines: { judge: 'big' }, judge: { method } }, lacking)).toEqual([
        {
          key: 'engines.judge',
          message: expect.stringMatching(new RegExp(`judge ${method} can't judge on big, which has no .*${named}`)),
          remedy: 'Use another judge, or set engines.judge to local.',
        },
      ])
    },
  )

  it.each(['ticks', 'implicit'] as const)('never serves the judge %s', (method) => {
    const judge = { method, ticks: { yes: '+', no: '-', count: 2 } }
    expect(problemsOf({ engines: { judge: 'big' }, judge })).toMatchObject([{ message: expect.stringContaining(`The judge ${method}`) }])
  })

  it("isn't one of the run's models, whose judgements consistency and judge pairs are about", () => {
    expect(problemsOf({ engines: { judge: 'big' }, pairs: { consistency: 'prompt' }, meta: { count: 4 } })).toHaveLength(2)
  })

  it('writes prompts by self-instruct; plain text only if it continues it, and never by pre-query', () => {
    const engines = { prompts: 'big' }
    expect(problemsOf({ engines }, null)).toEqual([])
    expect(problemsOf({ engines, prompts: { form: 'text' } }, null)).toMatchObject([{ message: expect.stringContaining('tested') }])
    expect(problemsOf({ engines, prompts: { form: 'text' } }, { completions: false })).toMatchObject([
      { message: expect.stringContaining("doesn't continue plain text") },
    ])
    expect(problemsOf({ engines, prompts: { method: 'pre-query' } })).toMatchObject([{ message: expect.stringContaining('pre-query') }])
    expect(problemsOf({ engines, prompts: { method: 'file', file: '/x' } }, null)).toEqual([])
  })

  it('compares models in evaluations, by text or by the judge’s rewards', () => {
    const engines = { evaluate: 'big' }
    expect(problemsOf({ engines, judge: { method: 'implicit' } }, null)).toEqual([])
    expect(problemsOf({ engines, judge: { method: 'yes' }, evaluation: { method: 'reward' } }, null)).toMatchObject([
      { key: 'engines.evaluate' },
    ])
  })
})
