import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect } from 'vitest'
import { operand } from '../../../../main/engine/backends/operand.ts'
import { shortlist } from '../../../../main/engine/kernels/shortlist.ts'
import { scoreLogits, scoreLogitsBackward, targetTokens } from '../../../../main/engine/kernels/token-scores.ts'
import { needing, softwareAdapter } from '../../../support/needs.ts'
import { normal, normalOperand } from '../../kernels/comparison.ts'
import { expectTwins, resultsOn, twins, useTwins } from './twins.ts'

/** Tokens without a pattern, including the first and the last. */
const someTokens = (count: number, vocabulary: number) =>
  targetTokens(Array.from({ length: count }, (_, i) => (i === 0 ? vocabulary - 1 : (i * 7919) % vocabulary)))

needing(softwareAdapter).describe('a WebGPU kernel matches its plain formula:', () => {
  beforeAll(useTwins)
  const { test } = needing(softwareAdapter)

  test.each([
    [1, 2],
    [2, 16],
    [3, 37],
    [5, 1300],
  ])('scores of tokens and their gradient, %i of %i', async (M, V) => {
    const results = await twins(() => {
      const targets = someTokens(M, V)
      const { logprobs, entropy, correct, probabilities } = scoreLogits(normalOperand([M, V], 1, 'float32', 4), targets)
      const before = operand(tf.add(probabilities.tensor, 0), 'float32') // the gradient overwrites them
      return { logprobs, entropy, correct, before, dlogits: scoreLogitsBackward(normal([M], 2), probabilities, targets) }
    })
    expectTwins(results, 10)
  })

  test('a target is the most likely only if no equal logit precedes it', async () => {
    const row = [1, 3, 0, 3, 2]
    const { correct } = await resultsOn('webgpu', () =>
      scoreLogits(operand(tf.tensor2d([row, row, row]), 'float32'), targetTokens([1, 3, 4])),
    )
    expect(correct.values).toEqual([1, 0, 0])
  })

  test('a banned token has no probability, and the entropy is finite', async () => {
    const logits = () => operand(tf.tensor2d([[0, Number.NEGATIVE_INFINITY, 0]]), 'float32')
    const { entropy, probabilities } = await resultsOn('webgpu', () => scoreLogits(logits(), targetTokens([0])))
    expect(entropy.values[0]).toBeCloseTo(Math.log(2), 5)
    expect(probabilities.values).toEqual([0.5, 0, 0.5])
  })

  test('a target outside the vocabulary is rejected', async () => {
    await tf.setBackend('webgpu')
    expect(() => scoreLogits(normalOperand([1, 4], 1, 'float32'), targetTokens([4]))).toThrow('a target is outside the vocabulary')
  })

  test.each([
    [1, 5, 5],
    [2, 3, 1],
    [3, 100, 1],
    [2, 131, 64],
    [3, 9001, 64], // more blocks than k: most of them are left out
    [2, 2000, 1000],
  ])('the most likely of %i x %i tokens, %i of them', async (S, V, k) => {
    const { ids, values, mass } = await twins(() => shortlist(normalOperand([S, V], 1, 'float32', 4), 0.7, k))
    expect(ids.wgsl).toEqual(ids.plain)
    expect(values.wgsl).toEqual(values.plain)
    expectTwins({ mass }, 10)
  })

  test('lower ids are listed first among equal logits, however many there are', async () => {
    const coarse = Array.from({ length: 4 }, (_, row) =>
      Array.from({ length: 3000 }, (_, i) => Math.round(2 * Math.sin((row + 1) * i * i)) + 0),
    )
    const rows = [...coarse, new Array<number>(3000).fill(0), coarse[0].map((value, i) => (i % 2 === 0 ? -0 : value - 3))]
    const { ids, values } = await resultsOn('webgpu', () => {
      const { ids, values } = shortlist(operand(tf.tensor2d(rows), 'float32'), 1, 40)
      return { ids, values }
    })
    for (const [r, row] of rows.entries()) {
      const order = row.map((_, id) => id).sort((a, b) => row[b] - row[a] || a - b)
      expect(ids.values.slice(r * 40, r * 40 + 40)).toEqual(order.slice(0, 40))
      expect(values.values.slice(r * 40, r * 40 + 40).map((value) => value + 0)).toEqual(order.slice(0, 40).map((id) => row[id] + 0))
    }
  })

  test('a row in which everything is banned lists its first tokens, as the plain formula does', async () => {
    const rows = () => operand(tf.fill([2, 300], Number.NEGATIVE_INFINITY), 'float32')
    const { ids } = await resultsOn('webgpu', () => shortlist(rows(), 1, 4))
    expect(ids.values).toEqual([0, 1, 2, 3, 0, 1, 2, 3])
  })
})
