import { describe, expect, it } from 'vitest'
import { controlRecipe, selfRecipe } from '../../bench/showcase/arms.ts'
import { showcaseCurves } from '../../bench/showcase/curves.ts'
import { showcaseReport } from '../../bench/showcase/report.ts'
import type { ArmResult } from '../../bench/showcase/results.ts'

const run = (arm: ArmResult['arm'], seed: number, shares: readonly number[]): ArmResult => ({
  ...{ arm, seed, minutes: 20 },
  models: Object.fromEntries(shares.map((followed, i) => [`M${i + 1}`, { checks: { followed, words: 30 } }])),
  gains: { checks: { gain: shares[2] - shares[0], low: 0.01, high: 0.4 } },
  judging: { M1: 0.8 },
  openEnded: arm === 'self' ? { M1: { words: 120, distinct2: 0.6, perplexity: 8 } } : {},
})
const runs = [run('self', 1, [0.15, 0.3, 0.4]), run('self', 2, [0.25, 0.3, 0.5]), run('random', 1, [0.15, 0.16, 0.14])]

describe('the showcase', () => {
  it('has controls that differ from the recipe in their judge and in making fewer pairs, and start from the same M1', () => {
    const self = selfRecipe('model', 3)
    for (const arm of ['random', 'length'] as const) {
      const { judge, sft, base_model, name, seed_data, ...rest } = controlRecipe(arm, 'M1', 3)
      expect([judge.method, sft, base_model, name, seed_data.eft_form]).toEqual([arm, null, 'M1', `showcase ${arm} 3`, ['judgements']])
      const { judge: _, sft: _sft, base_model: _model, name: _name, seed_data: _data, ...own } = self
      expect(rest).toEqual({ ...own, pairs: { ...own.pairs, max_per_prompt: 1, ...(arm === 'random' && { min_gap: 2.5 }) } })
    }
    expect(controlRecipe('self-sft', 'M1', 3)).toMatchObject({ method: 'self-sft', self_sft: { samples: 1, training: self.sft } })
  })

  it('reports the mean over the seeds, and each seed’s gain with its interval', () => {
    const report = showcaseReport({ machine: '2 cores of a test', runs })
    expect(report).toContain(
      '| judged by itself | 20.0 % | 30.0 % | 45.0 % | 1: +25.0 (+1.0 to +40.0); 2: +25.0 (+1.0 to +40.0) | 30 to 30 |',
    )
    expect(report).toContain('| control: random judge | 15.0 % | 16.0 % | 14.0 % | 1: -1.0 (+1.0 to +40.0) | 30 to 30 |')
    expect(report).toContain('| 1 | M1 | 120.0 | 0.600 | 8.00 |')
  })

  it('draws a thick line for each arm and a thin one for each seed, from 0 to above the highest share', () => {
    const svg = showcaseCurves(runs, 'checks', 'Held-out prompts')
    expect(svg.match(/<polyline [^>]*stroke-width="2.5"/g)).toHaveLength(2)
    expect(svg.match(/<polyline [^>]*stroke-opacity="0.3"/g)).toHaveLength(3)
    expect(svg).toContain('50 %')
    expect(svg).not.toMatch(/NaN|undefined/)
  })
})
