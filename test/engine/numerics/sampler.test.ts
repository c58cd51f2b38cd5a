import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { generators } from '../../../main/common/random.ts'
import type { Operand } from '../../../main/engine/backends/operand.ts'
import { mostLikely, sampleRow, sampleTokens, weigh } from '../../../main/engine/inference/sampler.ts'
import { usePlainBackend } from '../../support/native.ts'
import { randomValues } from './tiny-model.ts'

beforeAll(usePlainBackend)

const settings = { greedy: false, temperature: 1, topP: 1, topK: 0, maxNewTokens: 1, minNewTokens: 0, stop: [] }
const asOperand = (values: ArrayLike<number>, shape: [number, number]): Operand => ({
  tensor: tf.tensor2d(Float32Array.from(values), shape),
  precision: 'float32',
})
const draws = (count: number) => Array.from({ length: count }, (_, seed) => generators.philox.uniform(seed, 0))

describe('sampling', () => {
  test('draws follow the softmax of the logits', () => {
    const probabilities = [0.5, 0.3, 0.15, 0.05]
    const counts = histogram(Float32Array.from(probabilities, Math.log), 20_000, settings)
    probabilities.forEach((p, i) => {
      expect(Math.abs(counts[i] / 20_000 - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 20_000))
    })
  })

  test('temperature sharpens: at 1/2, probabilities are squared', () => {
    const counts = histogram(Float32Array.from([0.6, 0.4], Math.log), 20_000, { ...settings, temperature: 0.5 })
    expect(Math.abs(counts[0] / 20_000 - 0.36 / 0.52)).toBeLessThan(0.015)
  })

  test('top-p keeps the token that crosses the mass and none after it', () => {
    const counts = histogram(Float32Array.from([0.5, 0.3, 0.15, 0.05], Math.log), 2000, { ...settings, topP: 0.7 })
    expect(counts.map((n) => n > 0)).toEqual([true, true, false, false])
  })

  test('top-k keeps k tokens', () => {
    const counts = histogram(Float32Array.from([0.1, 0.3, 0.35, 0.25], Math.log), 2000, { ...settings, topK: 2 })
    expect(counts.map((n) => n > 0)).toEqual([false, true, true, false])
  })

  test.each([
    ['greedy', { ...settings, greedy: true }],
    ['drawn from all tokens', settings],
    ['drawn from a nucleus', { ...settings, topP: 0.9 }],
  ])('NaN logits are an error, never a token: %s', async (_name, sampling) => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const logits = asOperand([0, wrong, 1, 5, 2, 4], [2, 3])
      await expect(sampleTokens(logits, draws(2), sampling)).rejects.toMatchObject({ code: 'NUMERIC' })
    }
  })

  test('greedy sampling and temperature 0 take the most likely token', async () => {
    const logits = asOperand([0, 3, 1, 5, 2, 4], [2, 3])
    expect(await sampleTokens(logits, draws(2), { ...settings, greedy: true })).toEqual([1, 0])
    expect(await sampleTokens(logits, draws(2), { ...settings, temperature: 0 })).toEqual([1, 0])
  })

  test('with a large vocabulary the shortlist gives the same result as the whole row, even for wide nuclei', async () => {
    const rows = 24
    const width = 5000
    const spread = [2, 8] // flat rows need far more than 64 candidates, peaked ones do not
    const values = spread.map((s) => randomValues([rows, width], 7, 0, s))
    for (const logits of values) {
      const operand = asOperand(logits, [rows, width])
      for (const sampling of [{ topP: 0.9 }, { topP: 0.9, topK: 50 }, { topP: 1, topK: 40 }, { topP: 1 }, { topP: 1, temperature: 0.6 }]) {
        const expected = draws(rows).map((draw, row) =>
          sampleRow(logits.subarray(row * width, (row + 1) * width), draw, { ...settings, ...sampling }),
        )
        expect(await sampleTokens(operand, draws(rows), { ...settings, ...sampling })).toEqual(expected)
      }
    }
  })
})

describe('the most likely tokens', () => {
  const sorted = (logits: Float32Array) => Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a] || a - b)

  test('are those of a full sort, ties by lower id', () => {
    for (const spread of [0, 0.01, 1, 30, 200]) {
      const logits = randomValues([5000], 3, 0, spread).map((logit, id) => (id % 3 === 0 ? Math.round(logit) : logit))
      const weighed = weigh(logits, 0.8)
      for (const count of [1, 40, 4999, 6000]) expect(mostLikely(weighed, { count })).toEqual(sorted(logits).slice(0, count))
      for (const share of [0.01, 0.9, 0.999999, 1]) {
        const kept = mostLikely(weighed, { share })
        expect(kept).toEqual(sorted(logits).slice(0, kept.length))
        const massOf = (ids: number[]) => ids.reduce((sum, id) => sum + weighed.weights[id], 0)
        expect(massOf(kept)).toBeGreaterThanOrEqual(share * massOf(sorted(logits)) * (1 - 1e-12))
      }
    }
  })

  test('are few if the mass is concentrated', () => {
    const logits = randomValues([50_000], 5, 0, 1)
    logits[123] = 20
    logits[7] = 19.5
    expect(mostLikely(weigh(logits, 1), { share: 0.9 })).toEqual([123, 7])
  })
})

function histogram(logits: Float32Array, count: number, sampling: typeof settings): number[] {
  const counts = new Array<number>(logits.length).fill(0)
  for (const draw of draws(count)) counts[sampleRow(logits, draw, sampling)]++
  return counts
}
