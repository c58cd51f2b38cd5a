import { describe, expect, it } from 'vitest'
import type { ShownModel } from '../../main/shared/contract/runs-contract.ts'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { guardSigns } from '../../renderer/features/run/watch-guards.ts'

const recipe = recipeSchema.parse({ name: 'x', base_model: 'x' })
type Made = NonNullable<ShownModel['made']>

const made: Made = {
  ...{
    prompts: 100,
    prompts_rejected: {},
    mean_reward: 3,
    mean_reward_error: 0.1,
    decided_share: 0.7,
    tie_share: 0.3,
    pairs: 60,
    yield: 0.6,
    judgements: 1000,
    parse_failures: 50,
  },
  ...{ mean_length: 400, mean_length_chosen: 420, mean_length_rejected: 390, top_share: 0.1, reward_spread: 1, consistency: null },
}
const model = (name: string, changes: Partial<Made> | null = {}, more: Partial<ShownModel> = {}): ShownModel => ({
  ...{ name, path: '', deleted: false, initialised_from: null, reference: null, data: '', sha256: '' },
  ...{ made: changes && { ...made, ...changes }, win_rates: [], checkpoints: [], judge_quality: null, checks: {}, training: null },
  ...more,
})
const signs = (models: ShownModel[], epochs = 1) => guardSigns({ models, recipe: { ...recipe, dpo: { ...recipe.dpo, epochs } } })
/** Id, value, and whether it is fine. */
const brief = (models: ShownModel[], epochs = 1) => signs(models, epochs).map(({ id, value, isFine }) => [id, value, isFine])

describe('the signs of the Watch panel', () => {
  it('are none before the first pairs, and fine in a healthy run', () => {
    expect(signs([model('M0', null), model('M1', null)])).toEqual([])
    expect(brief([model('M0', null), model('M1'), model('M2', { mean_length: 600 })])).toEqual([
      ['few-pairs', '60', true],
      ['length-drift', '×1.50', true],
      ['saturated', '10%', true],
      ['spread', '1.00', true],
    ])
  })

  it('mark what main warns of', () => {
    const later = { mean_length: 810, top_share: 0.6, reward_spread: 0.4, pairs: 49, consistency: 0.4, flip_rate: 0.35 }
    expect(brief([model('M1', { consistency: 0.7, flip_rate: 0.2 }), model('M2', later)], 4)).toEqual([
      ['few-pairs', '49', false],
      ['many-epochs', '4', false],
      ['length-drift', '×2.02', false],
      ['saturated', '60%', false],
      ['spread', '0.40', false],
      ['flips', '35%', false],
      ['consistency', '40%', false],
    ])
  })

  it('count the pairs of a training that has started, after the review', () => {
    const trained = (name: string, coupling: number) => model(name, {}, { training: { pairs: 20, steps: 3, coupling } })
    const found = signs([model('M1'), { ...trained('M2', 0.62), made: null }])
    expect(found.find(({ id }) => id === 'few-pairs')).toMatchObject({ value: '20', isFine: false })
    expect(found.find(({ id }) => id === 'coupling')).toMatchObject({ value: '0.62', isFine: true }) // nothing to compare with
    const rise = (to: number) => signs([model('M1'), trained('M2', 0.62), trained('M3', to)]).find(({ id }) => id === 'coupling')
    expect(rise(0.8)).toMatchObject({ value: '0.80', remark: 'was 0.62', isFine: true })
    expect(rise(0.83)).toMatchObject({ isFine: false })
  })

  it('show the worst figure of the outside measure, and mark it unless it may be chance', () => {
    const checked = (name: string, reward: number, sampled: number, greedy: number, prompts = 1000) => {
      const figures = (met: number) => ({ prompts_met: met, prompts })
      return model(name, { mean_reward: reward }, { checks: { checks: figures(sampled), 'checks-greedy': figures(greedy) } })
    }
    const found = signs([checked('M1', 3, 0.5, 0.6), checked('M2', 3.5, 0.4, 0.65)]).filter(({ id }) => id.startsWith('divergence'))
    expect(found).toMatchObject([{ name: 'Own reward and outside measure', value: '−10.0%', isFine: false }])
    expect(found[0].means).toContain('Held-out prompts, sampled −10.0%; Held-out prompts, greedy +5.0%')
    // 20 prompts: a standard error of the difference is sqrt(2 x 0.5 x 0.5 / 20) = 0.16
    const few = signs([checked('M1', 3, 0.5, 0.6, 20), checked('M2', 3.5, 0.4, 0.65, 20)])
    expect(few.find(({ id }) => id === 'divergence outside')).toMatchObject({ value: '−10.0%', isFine: true })
  })

  it('show a program’s measure next to the own reward, and mark it if they part', () => {
    const checked = (name: string, reward: number, solved: number) =>
      model(name, { mean_reward: reward }, { checks: { solved: { share: solved, length: 9 } } })
    const sign = (now: ShownModel) => signs([checked('M1', 3, 0.5), now]).find(({ id }) => id === 'divergence solved')
    expect(sign(checked('M2', 3.5, 0.4))).toMatchObject({ value: '−10.0%', remark: 'reward 3.00 to 3.50', isFine: false })
    expect(sign(checked('M2', 3.5, 0.6))).toMatchObject({ value: '+10.0%', isFine: true })
    expect(sign(checked('M2', 2.5, 0.4))).toMatchObject({ isFine: true })
    expect(signs([checked('M1', 3, 0.5), model('M2')]).some(({ id }) => id.startsWith('divergence'))).toBe(false)
  })
})
