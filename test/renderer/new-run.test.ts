import { describe, expect, it } from 'vitest'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { changesOf, commandOf, valueAt, withValue } from '../../renderer/features/new-run/document.ts'
import { fieldGroups, labelOf, sources } from '../../renderer/features/new-run/fields/groups.ts'
import { numberOfText, textOfNumber } from '../../renderer/features/new-run/number-text.ts'

/** A recipe with only defaults, which are the paper's values. */
const paper: Record<string, unknown> = recipeSchema.parse({ name: 'paper', base_model: 'x' })

describe('a recipe draft', () => {
  it('is changed by copying', () => {
    const changed = withValue(paper, 'dpo.beta', 0.3)
    expect(valueAt(changed, 'dpo.beta')).toBe(0.3)
    expect(valueAt(paper, 'dpo.beta')).toBe(0.1)
    expect(changesOf(changed, paper)).toEqual([{ key: 'dpo.beta', value: 0.3 }])
  })

  it('without an optional part differs in that part as a whole', () => {
    expect(changesOf(withValue(paper, 'sft', null), paper)).toEqual([{ key: 'sft', value: null }])
  })

  it('becomes the command that creates the same run, quoted for a shell', () => {
    const changed = withValue(withValue(paper, 'base_model', "/models/it's mine"), 'prompts.filters.keywords', ['map'])
    expect(commandOf('paper', changed, paper, 'my run')).toBe(
      "laurel run new --recipe paper --name 'my run' --set 'base_model=/models/it'\\''s mine' --set 'prompts.filters.keywords=[\"map\"]'",
    )
  })
})

describe('a number', () => {
  it.each([
    ['5.5e-6', 5.5e-6],
    [' 3,200 ', 3200],
    ['0', 0],
    ['', null],
    ['many', 'many'],
    ['1e', '1e'],
  ])('written as "%s" is %s', (text, value) => {
    expect(numberOfText(text)).toBe(value)
  })

  it.each([5.5e-6, 0.1, 2048, 0, 1e-7])('%s survives a round trip', (value) => {
    expect(numberOfText(textOfNumber(value))).toBe(value)
  })
})

/** The keys of all leaf values. */
const leavesOf = (document: object, prefix = ''): string[] =>
  Object.entries(document).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? leavesOf(value, `${prefix}${name}.`) : [`${prefix}${name}`],
  )

describe('the form', () => {
  const fields = fieldGroups.flatMap((group) => group.fields)

  it('has a field for each value of a recipe at most once', () => {
    const keys = [...sources, ...fields].map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
    const complete = recipeSchema.parse({
      ...paper,
      base_model: 'x',
      sft: { lora: {} },
      dpo: { lora: {} },
      self_sft: { training: { lora: {} } },
      reward: { lora: {} },
      judge: { ticks: { yes: '+', no: '-', count: 5 } },
    })
    for (const key of keys) expect(valueAt(complete, key), key).not.toBeUndefined()
  })

  it('explains every value', () => {
    for (const { means, label } of fields) expect(means.length, label).toBeGreaterThan(10)
  })

  it('has a field for every value of a recipe except the ones listed here', () => {
    const asked = new Set([...sources, ...fields].map(({ key }) => key))
    const left = leavesOf(recipeSchema.parse({ name: 'x', base_model: 'x' })).filter(
      (key) => !asked.has(key) && ![...asked].some((known) => known.startsWith(`${key}.`)),
    )
    const training = ['gradient_accumulation', 'adam_beta1', 'adam_beta2', 'adam_epsilon', 'shuffle', 'seed', 'precision']
    const elsewhere = [
      ...['sft', 'dpo', 'reward'].flatMap((part) => training.map((name) => `${part}.${name}`)),
      'dpo.prompt_weight',
      ...['beta', 'loss_type', 'loss_weights', 'discopop_tau', 'prompt_weight'].map((name) => `reward.${name}`),
      ...['beta', 'loss_type', 'loss_weights', 'label_smoothing', 'discopop_tau', 'nll_weight'].map((name) => `sft.${name}`),
    ]
    expect(left.toSorted()).toEqual(['description', 'name', 'random', 'version', ...elsewhere].toSorted())
  })

  it('shows a setting of some losses with these, and while another loss refuses its value', () => {
    const shown = (changes: object): string[] => {
      const recipe = { ...paper, dpo: { ...(paper.dpo as object), ...changes } }
      return fields.filter(({ key, when }) => /loss_weights|smoothing|tau/.test(key) && when?.(recipe)).map(({ key }) => key)
    }
    expect(shown({})).toEqual(['dpo.label_smoothing'])
    expect(shown({ loss_type: 'ipo' })).toEqual([])
    expect(shown({ loss_type: 'ipo', label_smoothing: 0.1 })).toEqual(['dpo.label_smoothing'])
    expect(shown({ loss_type: 'discopop' })).toEqual(['dpo.discopop_tau'])
    expect(shown({ loss_type: ['ipo', 'sft'] })).toEqual(['dpo.loss_weights'])
  })

  it('labels a problem with its field', () => {
    expect(labelOf('dpo.beta')).toBe('Beta')
    expect(labelOf('no.such.key')).toBe('no.such.key')
  })
})
