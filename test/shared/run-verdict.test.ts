import { describe, expect, it } from 'vitest'
import type { RunDetails, ShownModel } from '../../main/shared/contract/runs-contract.ts'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { verdictOf } from '../../main/shared/run-verdict.ts'

/** A share of `of` prompts as checkFigures reports it. Wilson's bounds are rounded to three digits. */
const share = (met: number, low: number, high: number, of: number) => ({
  ...{ prompts_met: met, prompts_low: low, prompts_high: high, prompts: of },
  ...{ requirements_met: met, requirements_low: low, requirements_high: high, requirements: of },
})

const won = (against: string, wins: number, ties: number, losses: number, low: number, high: number, judge = 'M1') => {
  const n = wins + ties + losses
  return { against, judge, n, wins, ties, losses, unreadable: 1, win_rate: (wins + ties / 2) / n, low, high, position_bias: null }
}

const model = (name: string, changes: Partial<ShownModel> = {}): ShownModel => ({
  ...{ name, path: '', deleted: false, initialised_from: null, reference: null, data: '', sha256: '', made: null },
  ...{ win_rates: [], checkpoints: [], judge_quality: null, checks: {}, training: null },
  ...changes,
})

const recipe = recipeSchema.parse({ name: 'r', base_model: 'm' })
const run = (models: ShownModel[], gains: RunDetails['gains'] = {}, changes: Partial<RunDetails['recipe']> = {}) => ({
  ...{ models, gains, recipe: { ...recipe, ...changes } },
})

describe('the verdict on a run', () => {
  it('says that the last model follows more prompts if the interval of the difference is above 0', () => {
    const verdict = verdictOf(
      run(
        [
          model('M0', { checks: { checks: share(0.2, 0.15, 0.26, 240) } }),
          model('M1', { checks: { checks: share(0.235, 0.186, 0.293, 240) } }),
          model('M2', { checks: { checks: share(0.402, 0.342, 0.465, 240) } }),
        ],
        { checks: { gain: 0.167, low: 0.104, high: 0.23 } },
      ),
    )
    expect(verdict).toMatchObject({ finding: 'better', title: 'M2 follows more held-out prompts than M1.' })
    expect(verdict?.evidence).toEqual([
      {
        finding: 'better',
        text: 'M2 follows 40.2% of 240 held-out prompts, M1 23.5%: +16.7 points (95%: +10.4 to +23.0), by programs.',
        remark: null,
      },
    ])
    expect(verdict?.limits[0]).toContain('not whether its answer is good')
  })

  it('is open if the interval contains no difference, and says how many prompts would show one of this size', () => {
    const { finding, title, evidence } = verdictOf(
      run([model('M1'), model('M2'), model('M3', { win_rates: [won('M2', 9, 0, 1, 0.6, 1), won('M1', 10, 1, 5, 0.415, 0.837)] })]),
    )!
    expect({ finding, title }).toEqual({ finding: 'open', title: 'It is open whether M3’s answers are better than M1’s.' })
    expect(evidence).toHaveLength(1)
    expect(evidence[0].text).toBe(
      'M3 wins 65.6% of 16 held-out prompts against M1 (95%: 41.5% to 83.7%; 10 won, 1 tied, 5 lost, 1 unreadable), judged by M1.',
    )
    // 1.96^2 * 0.65625 * 0.34375 / 0.15625^2 = 35.5
    expect(evidence[0].remark).toBe('That may be chance: it would take about 36 prompts to show a difference of this size.')
  })

  it('is open with a handful of prompts, however they differ', () => {
    const checks = (met: number) => ({ checks: { checks: share(met, 0, 1, 8) } })
    const verdict = verdictOf(run([model('M1', checks(0)), model('M2', checks(1))], { checks: { gain: 1, low: 1, high: 1 } }))
    expect(verdict?.evidence).toEqual([
      {
        finding: 'open',
        text: 'M2 follows 100.0% of 8 held-out prompts, M1 0.0%: +100.0 points, by programs.',
        remark: 'That may be chance: fewer than 20 prompts decide nothing.',
      },
    ])
  })

  it('says that two models are equal without asking for more prompts', () => {
    const even = verdictOf(run([model('M1'), model('M2', { win_rates: [won('M1', 7, 2, 7, 0.28, 0.72)] })]))
    expect(even?.evidence).toMatchObject([{ finding: 'open', remark: 'The two are equal here.' }])
  })

  it('rests on programs before judges, and says so where they disagree', () => {
    const verdict = verdictOf(
      run(
        [
          model('M1', { checks: { checks: share(0.5, 0.44, 0.56, 240), 'checks-held-out': share(0.1, 0.05, 0.19, 80) } }),
          model('M3', {
            checks: { checks: share(0.3, 0.25, 0.36, 240), 'checks-held-out': share(0.15, 0.09, 0.25, 80) },
            win_rates: [won('M1', 60, 0, 20, 0.65, 0.83)],
          }),
        ],
        { checks: { gain: -0.2, low: -0.28, high: -0.12 }, 'checks-held-out': { gain: 0.05, low: -0.05, high: 0.15 } },
      ),
    )
    expect(verdict?.title).toBe('M3 follows fewer held-out prompts than M1.')
    expect(verdict?.evidence.map(({ finding }) => finding)).toEqual(['worse', 'open', 'better'])
    // 80 * (0.1 / 0.05)^2
    expect(verdict?.evidence[1].remark).toBe('That may be chance: it would take about 320 prompts to show a difference of this size.')
    expect(verdict?.limits).toEqual([
      expect.stringContaining('Programs check'),
      expect.stringContaining('The judge is a model of this run'),
      expect.stringContaining('another seed may end differently'),
    ])
  })

  it('of a control says that it is one', () => {
    const models = [model('M1'), model('M2', { win_rates: [won('M1', 9, 0, 1, 0.6, 1, 'a judge from outside')] })]
    const control = verdictOf(run(models, {}, { judge: { ...recipe.judge, method: 'random' } }))
    expect(control?.limits).toEqual([expect.stringContaining('This run is a control')])
  })

  it('compares M1 with M0 if there is no later model, and is missing where nothing was measured of both', () => {
    const checks = { checks: share(0.2, 0.15, 0.26, 240) }
    const none = { checks: { gain: 0, low: -0.05, high: 0.05 } }
    const first = verdictOf(run([model('M0', { checks }), model('SFT'), model('M1', { checks })], none))
    expect(first?.evidence).toMatchObject([
      { finding: 'open', text: expect.stringContaining('M0 20.0%'), remark: 'The two are equal here.' },
    ])
    expect(verdictOf(run([model('M0', { checks }), model('M1', { checks }), model('M2')]))).toBeNull()
    expect(verdictOf(run([model('M0', { checks })]))).toBeNull()
    expect(verdictOf(run([]))).toBeNull()
  })
})
