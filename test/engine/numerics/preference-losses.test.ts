import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { likelihoodWeight } from '../../../main/engine/training/dpo.ts'
import { lossOfPairs, type PairLosses, preferenceLoss } from '../../../main/engine/training/preference-losses.ts'
import { type PreferenceLossType, preferenceLossTypes } from '../../../main/shared/loss-settings.ts'
import { type TrainConfig, trainConfig } from '../../../main/shared/train-config.ts'
import { usePlainBackend } from '../../support/native.ts'

beforeAll(usePlainBackend)

/** A pair's log-ratios, log pi - log ref of the chosen and the rejected response, and the lengths of the two in tokens. */
type Pair = readonly [c: number, r: number, chosenTokens: number, rejectedTokens: number]

const pairs: readonly Pair[] = [
  [1, -0.4, 4, 2],
  [0, 0, 3, 5],
  [0.5, 0.2, 7, 1],
  [-2, 3.3, 2, 9],
  [12, -30, 40, 6],
  [-180, 150, 90, 60], // log s(z) would be -Infinity in float32
]
const settings = { beta: 0.5, label_smoothing: 0.1, discopop_tau: 0.05 }

/** TRL's formulas, in float64. d: the difference of log-ratios; m: the same per token. */
const { beta: b, label_smoothing: e, discopop_tau: tau } = settings
const s = (x: number) => 1 / (1 + Math.exp(-x))
const logS = (x: number) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)))
const formulas: Record<PreferenceLossType, (c: number, r: number, d: number, m: number) => number> = {
  sigmoid: (_c, _r, d) => -(1 - e) * logS(b * d) - e * logS(-b * d),
  hinge: (_c, _r, d) => Math.max(0, 1 - b * d),
  ipo: (_c, _r, _d, m) => (m - 1 / (2 * b)) ** 2,
  robust: (_c, _r, d) => (-(1 - e) * logS(b * d) + e * logS(-b * d)) / (1 - 2 * e),
  sigmoid_norm: (_c, _r, _d, m) => -logS(b * m),
  apo_zero: (c, r) => 1 - s(b * c) + s(b * r),
  apo_down: (c, _r, d) => s(b * c) + 1 - s(b * d),
  exo_pair: (_c, _r, d) => s(b * d) * (logS(b * d) - Math.log(1 - e)) + s(-b * d) * (logS(-b * d) - Math.log(e)),
  nca_pair: (c, r) => -logS(b * c) - 0.5 * logS(-b * c) - 0.5 * logS(-b * r),
  sppo_hard: (c, r) => (c - 0.5 / b) ** 2 + (r + 0.5 / b) ** 2,
  discopop: (_c, _r, d) => -logS(b * d) * (1 - s((b * d) / tau)) + Math.exp(-b * d) * s((b * d) / tau),
}
const lossOf = (type: PreferenceLossType, [c, r, chosen, rejected]: Pair): number => formulas[type](c, r, c - r, c / chosen - r / rejected)

/** Central differences of the formula. */
function slopesOf(type: PreferenceLossType, [c, r, ...lengths]: Pair): [number, number] {
  const step = 1e-4
  const at = (dc: number, dr: number) => lossOf(type, [c + dc, r + dr, ...lengths])
  return [(at(step, 0) - at(-step, 0)) / (2 * step), (at(0, step) - at(0, -step)) / (2 * step)]
}

/** The first pair's losses, worked out by hand: z = 0.5 (1 + 0.4) = 0.7, per token 0.5 (1/4 + 0.4/2) = 0.225. */
const byHand: Record<PreferenceLossType, number> = {
  sigmoid: 0.473186, // 0.9 * 0.403186 + 0.1 * 1.103186
  hinge: 0.3,
  ipo: 0.3025, // (0.45 - 1)^2
  robust: 0.315686, // (0.9 * 0.403186 - 0.1 * 1.103186) / 0.8
  sigmoid_norm: 0.586962,
  apo_zero: 0.827707, // 1 - 0.622459 + 0.450166
  apo_down: 0.954272, // 0.622459 + 1 - 0.668188
  exo_pair: 0.198972, // 0.668188 (-0.403186 + 0.105361) + 0.331812 (-1.103186 + 2.302585)
  nca_pair: 1.260185, // 0.474077 + 0.974077 / 2 + 0.598139 / 2
  sppo_hard: 0.36, // (1 - 1)^2 + (-0.4 + 1)^2
  discopop: 0.496585, // s(14) = 0.999999
}

describe.each(preferenceLossTypes)('the loss %s', (type) => {
  test('has the value worked out by hand', () => {
    expect(lossOf(type, pairs[0])).toBeCloseTo(byHand[type], 6)
    expect(values(computed(type).losses)[0]).toBeCloseTo(byHand[type], 5)
  })

  test("has TRL's values, and their differences as its derivatives", () => {
    const { losses, slopes } = computed(type)
    const [dchosen, drejected] = [values(slopes.chosen), values(slopes.rejected)]
    pairs.forEach((pair, i) => {
      const [chosen, rejected] = slopesOf(type, pair)
      expectSame(values(losses)[i], lossOf(type, pair))
      expectSame(settings.beta * dchosen[i], chosen)
      expectSame(settings.beta * drejected[i], rejected)
    })
  })
})

describe('pairs with a consistency C', () => {
  const consistencies = [1, 0.5, 0.8, 0.7, 0, 0.9]
  const factors = consistencies.map((consistency) => ({ weight: 1, consistency }))

  test('have the sigmoid loss with label smoothing by 1 - C', () => {
    const { losses, slopes } = lossOfPairs(rewards(), lengths(), factors, config({ loss_type: 'sigmoid' }))
    consistencies.forEach((consistency, i) => {
      const smoothed = computed('sigmoid', { ...settings, label_smoothing: 1 - consistency })
      expectSame(values(losses)[i], values(smoothed.losses)[i])
      expectSame(values(slopes.chosen)[i], values(smoothed.slopes.chosen)[i])
      expectSame(values(slopes.rejected)[i], values(smoothed.slopes.rejected)[i])
    })
  })

  test.each(['hinge', 'ipo', 'sigmoid_norm'] as const)('have C times %s, and 1 - C times that of the opposite order', (type) => {
    const { losses, slopes } = lossOfPairs(rewards(), lengths(), factors, config({ loss_type: type }))
    pairs.forEach((pair, i) => {
      const [c, r, chosen, rejected] = pair
      const opposite: Pair = [r, c, rejected, chosen]
      const mixed = (ordered: number, reverse: number) => consistencies[i] * ordered + (1 - consistencies[i]) * reverse
      const [[dchosen, drejected], [dfirst, dsecond]] = [slopesOf(type, pair), slopesOf(type, opposite)]
      expectSame(values(losses)[i], mixed(lossOf(type, pair), lossOf(type, opposite)))
      expectSame(settings.beta * values(slopes.chosen)[i], mixed(dchosen, dsecond))
      expectSame(settings.beta * values(slopes.rejected)[i], mixed(drejected, dfirst))
    })
  })
})

test('a list of losses is their weighted sum, times the weight of each pair', () => {
  const weights = [1, 0, 2, 0.5, 1, 1]
  const factors = weights.map((weight) => ({ weight, consistency: 1 }))
  const mixed = config({ loss_type: ['hinge', 'apo_zero', 'sft'], loss_weights: [0.8, 0.2, 0.7], nll_weight: 0.1 })
  const { losses, slopes } = lossOfPairs(rewards(), lengths(), factors, mixed)
  pairs.forEach((pair, i) => {
    const [[hinge], [apo]] = [slopesOf('hinge', pair), slopesOf('apo_zero', pair)]
    expectSame(values(losses)[i], weights[i] * (0.8 * lossOf('hinge', pair) + 0.2 * lossOf('apo_zero', pair)))
    expectSame(settings.beta * values(slopes.chosen)[i], weights[i] * (0.8 * hinge + 0.2 * apo))
  })
  expect(likelihoodWeight(mixed)).toBeCloseTo(0.8, 12)
  expect(likelihoodWeight(config({ loss_type: ['sigmoid', 'sft'] }))).toBe(1)
})

test('a training on likelihood alone has no preference loss', () => {
  const { losses, slopes } = lossOfPairs(
    rewards(),
    lengths(),
    pairs.map(() => ({ weight: 1, consistency: 1 })),
    config({ loss_type: 'sft' }),
  )
  for (const tensor of [losses, slopes.chosen, slopes.rejected]) expect(values(tensor)).toEqual(pairs.map(() => 0))
})

const rewards = () => ({
  chosen: tf.tensor1d(pairs.map(([c]) => settings.beta * c)),
  rejected: tf.tensor1d(pairs.map(([, r]) => settings.beta * r)),
})
const lengths = () => ({
  chosen: tf.tensor1d(pairs.map(([, , tokens]) => tokens)),
  rejected: tf.tensor1d(pairs.map(([, , , tokens]) => tokens)),
})

function computed(type: PreferenceLossType, of = settings): PairLosses {
  return preferenceLoss(type, rewards(), lengths(), of)
}

const config = (changes: Partial<TrainConfig>): TrainConfig => trainConfig.parse({ beta: settings.beta, ...changes })

const values = (tensor: Tensor): number[] => [...tensor.dataSync()]

/** Within float32's accuracy, relative to numbers above 1. */
function expectSame(actual: number, expected: number): void {
  expect(Math.abs(actual - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-5)
}
