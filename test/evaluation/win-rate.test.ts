import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readJsonLines } from '../../main/common/jsonl.ts'
import { logisticRegression } from '../../main/evaluation/logistic-regression.ts'
import { type Annotation, type WinRate, winRate } from '../../main/evaluation/win-rate.ts'
import { needing, referenceNumbers } from '../support/needs.ts'
import { hasShared, sharedFile } from '../support/shared.ts'

const names: Record<string, keyof WinRate> = {
  n: 'n',
  win_rate: 'winRate',
  standard_error: 'standardError',
  n_wins: 'wins',
  n_draws: 'draws',
  discrete_win_rate: 'discreteWinRate',
  length_coefficient: 'lengthCoefficient',
  bias: 'bias',
  length_controlled_win_rate_minimal: 'lengthControlledWinRate',
}

function annotationsOf(model: string): Annotation[] {
  return readJsonLines(sharedFile(`data/alpaca-eval-annotations/${model}.jsonl`)).map(({ value }) => {
    const row = value as { preference: number; length_1: number; length_2: number }
    return { preference: row.preference, baselineLength: row.length_1, modelLength: row.length_2 }
  })
}

needing(referenceNumbers).describe('win rates equal the reference', () => {
  const { models } = hasShared
    ? (JSON.parse(readFileSync(sharedFile('fixtures/win-rates.json'), 'utf8')) as { models: Record<string, Record<string, number>> })
    : { models: {} }
  it.each(Object.entries(models))('for %s', (model, expected) => {
    const rates = winRate(annotationsOf(model))
    for (const [key, value] of Object.entries(expected)) {
      expect(Math.abs(rates[names[key]]! - value), key).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)))
    }
  })
})

const annotation = (preference: number, baselineLength = 100, modelLength = 100): Annotation => ({
  preference,
  baselineLength,
  modelLength,
})

describe('win rates by hand', () => {
  it('counts wins, draws, and soft preferences', () => {
    const rates = winRate([annotation(2, 100, 300), annotation(1, 300, 100), annotation(1.5, 200, 200), annotation(1.9, 100, 250)])
    expect(rates.winRate).toBeCloseTo((100 * 2.4) / 4, 12)
    expect(rates.standardError).toBeCloseTo(100 * Math.sqrt((0.16 + 0.36 + 0.01 + 0.09) / 3 / 4), 12)
    expect(rates).toMatchObject({ n: 4, wins: 2, draws: 1, discreteWinRate: 62.5 })
  })

  it('reads the old format of a draw', () => {
    expect(winRate([annotation(0), annotation(1.5)])).toMatchObject({ draws: 2, winRate: 50, discreteWinRate: 50 })
  })

  it('finds no length effect if lengths and wins are unrelated', () => {
    const rates = winRate([annotation(2, 300, 100), annotation(1, 300, 100), annotation(2, 100, 300), annotation(1, 100, 300)])
    expect(rates.lengthCoefficient).toBeCloseTo(0, 9)
    expect(rates.lengthControlledWinRate).toBeCloseTo(50, 9)
  })

  it("gives null if the data don't determine a length control", () => {
    expect(winRate([annotation(2), annotation(1)])).toMatchObject({ winRate: 50, lengthControlledWinRate: null }) // all lengths equal
    expect(winRate([annotation(2, 100, 300), annotation(2, 300, 100)]).lengthControlledWinRate).toBeNull() // always wins
    expect(winRate([annotation(2, 100, 300), annotation(1, 300, 100)]).lengthControlledWinRate).toBeNull() // length decides all
    expect(winRate([annotation(2)])).toMatchObject({ n: 1, standardError: null })
  })
})

describe('logistic regression', () => {
  it('finds the closed form for two groups', () => {
    // Without regularization, a constant and an indicator fit both groups' means exactly.
    const features = [0, 0, 0, 0, 1, 1, 1, 1].map((group) => [group, 1])
    const labels = [1, 0, 0, 0, 1, 1, 0.4, 0.8]
    const logit = (p: number) => Math.log(p / (1 - p))
    const [slope, constant] = logisticRegression(features, labels)!
    expect(constant).toBeCloseTo(logit(0.25), 10)
    expect(slope).toBeCloseTo(logit(0.8) - logit(0.25), 10)
  })

  it('has a gradient of zero at its solution', () => {
    const features = Array.from({ length: 50 }, (_, i) => [Math.sin(i * 3), Math.cos(i * 1.7), 1])
    const labels = features.map(([a, b], i) => Math.min(1, Math.max(0, 0.5 + 0.4 * a - 0.3 * b + 0.2 * Math.sin(i * 11))))
    const weights = logisticRegression(features, labels)!
    for (const k of [0, 1, 2]) {
      const gradient = features.reduce((sum, x, i) => {
        const t = x.reduce((dot, value, j) => dot + value * weights[j], 0)
        return sum + (labels[i] - 1 / (1 + Math.exp(-t))) * x[k]
      }, 0)
      expect(Math.abs(gradient)).toBeLessThan(1e-9)
    }
  })

  it('rejects separable labels and redundant features', () => {
    expect(
      logisticRegression(
        [-2, -1, 1, 2].map((x) => [x, 1]),
        [0, 0, 1, 1],
      ),
    ).toBeNull()
    expect(
      logisticRegression(
        [1, 2, 3, 4].map((x) => [x, 2 * x]),
        [0, 1, 0, 1],
      ),
    ).toBeNull()
  })
})
