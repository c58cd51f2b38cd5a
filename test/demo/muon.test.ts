import type { Tensor2D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { muonStep, orthogonalise } from '../../main/demo/make/muon.ts'
import { usePlainBackend } from '../support/native.ts'

beforeAll(usePlainBackend)

const gaussian = (rows: number, columns: number, seed: number): Tensor2D =>
  tf.randomNormal<tf.Rank.R2>([rows, columns], 0, 1, 'float32', seed)

const largestDifference = (x: Tensor2D, y: Tensor2D): number => tf.max(tf.abs(tf.sub(x, y))).dataSync()[0]

/** |x Q| / |x| for random rows x: between the smallest and the largest singular value of Q. */
const stretches = (q: Tensor2D, seed: number): number[] => {
  const x = gaussian(200, q.shape[0], seed)
  return [...tf.div(tf.norm(tf.matMul(x, q), 'euclidean', 1), tf.norm(x, 'euclidean', 1)).dataSync()]
}

describe('Muon', () => {
  it('turns any matrix into one with singular values near 1', () => {
    const uneven: Tensor2D = tf.mul(gaussian(16, 40, 1), tf.reshape(tf.linspace(0.2, 4, 16), [16, 1])) // rows of very different size
    const q = orthogonalise(uneven)
    expect(q.shape).toEqual([16, 40])
    for (const stretch of stretches(q, 2)) {
      expect(stretch).toBeGreaterThan(0.6)
      expect(stretch).toBeLessThan(1.25)
    }
  })

  it('treats a tall matrix as the transpose of a wide one', () => {
    const wide = gaussian(8, 24, 3)
    expect(largestDifference(orthogonalise(wide), tf.transpose(orthogonalise(tf.transpose(wide))))).toBeLessThan(1e-4)
  })

  it("doesn't depend on the scale of the gradient", () => {
    const gradient = gaussian(8, 8, 4)
    expect(largestDifference(orthogonalise(gradient), orthogonalise(tf.mul(gradient, 1000)))).toBeLessThan(1e-3)
  })

  it('keeps momentum and moves against the gradient', () => {
    const gradient = tf.eye(4)
    const config = { momentum: 0.95, weightDecay: 0 }
    const once = muonStep(tf.zeros([4, 4]), gradient, tf.zeros([4, 4]), 0.1, config)
    const twice = muonStep(once.value, gradient, once.momentum, 0.1, config)
    expect(largestDifference(twice.momentum, tf.mul(gradient, 1.95))).toBeLessThan(1e-6)
    for (const diagonal of tf.sum(twice.value, 1).dataSync()) expect(diagonal).toBeLessThan(-0.12)
  })

  it('leaves no tensors behind', () => {
    const value: Tensor2D = tf.ones([4, 6])
    const before = tf.memory().numTensors
    const next = muonStep(value, value, value, 0.1, { momentum: 0.95, weightDecay: 0.02 })
    tf.dispose([next.value, next.momentum])
    expect(tf.memory().numTensors).toBe(before)
  })
})
