import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { clipFactor, globalNorm } from '../../../main/engine/process/train/adamw.ts'
import { microBatches, rowsOfStep, totalSteps } from '../../../main/engine/process/train/batches.ts'
import { learningRateAt } from '../../../main/engine/process/train/schedule.ts'

beforeAll(async () => {
  await tf.setBackend('cpu')
})

describe('the learning rate', () => {
  const schedule = { learning_rate: 1, min_learning_rate: 0.1, warmup_steps: 4 } as const

  test('rises in equal steps during warm-up and never starts at nothing', () => {
    expect([0, 1, 2, 3].map((step) => learningRateAt(step, 20, { ...schedule, lr_scheduler: 'cosine' }))).toEqual([0.25, 0.5, 0.75, 1])
  })

  test('falls to the floor by a line or half a cosine, or stays', () => {
    expect(learningRateAt(12, 20, { ...schedule, lr_scheduler: 'linear' })).toBeCloseTo(0.55)
    expect(learningRateAt(12, 20, { ...schedule, lr_scheduler: 'cosine' })).toBeCloseTo(0.55)
    expect(learningRateAt(8, 20, { ...schedule, lr_scheduler: 'cosine' })).toBeCloseTo(0.1 + 0.45 * (1 + Math.cos(Math.PI / 4)))
    expect(learningRateAt(20, 20, { ...schedule, lr_scheduler: 'linear' })).toBeCloseTo(0.1)
    expect(learningRateAt(19, 20, { ...schedule, lr_scheduler: 'constant' })).toBe(1)
  })
})

describe('batches', () => {
  const options = { batch_size: 2, gradient_accumulation: 2, epochs: 2, shuffle: true, seed: 3 }

  test('an epoch shows every row once, in an order of its own', () => {
    const epochs = [0, 1].map((epoch) => [0, 1, 2].flatMap((step) => rowsOfStep(10, epoch * 3 + step, options)))
    for (const epoch of epochs) expect([...epoch].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(epochs[0]).not.toEqual(epochs[1])
    expect(totalSteps(10, options)).toBe(6)
  })

  test('a step sees batch_size times gradient_accumulation rows; the last of an epoch what is left', () => {
    expect([0, 1, 2].map((step) => rowsOfStep(10, step, options).length)).toEqual([4, 4, 2])
  })

  test('without shuffling rows come in their own order', () => {
    expect(rowsOfStep(10, 1, { ...options, shuffle: false })).toEqual([4, 5, 6, 7])
  })

  test('half an epoch is half the steps, rounded up', () => {
    expect(totalSteps(10, { ...options, epochs: 0.5 })).toBe(2)
  })

  test('a micro-batch holds what fits, and an example that is too long stands alone', () => {
    expect(microBatches([3, 3, 9, 2, 2, 2], (n) => n, 6)).toEqual([[3, 3], [9], [2, 2, 2]])
  })
})

describe('clipping', () => {
  test('the norm is over all gradients together', async () => {
    expect(await globalNorm([tf.tensor1d([3, 0]), tf.tensor2d([[0], [4]])])).toBeCloseTo(5)
  })

  test('small gradients are left alone, large ones brought down to the limit', () => {
    expect(clipFactor(0.5, 1)).toBe(1)
    expect(clipFactor(4, 1)).toBeCloseTo(0.25, 5)
    expect(clipFactor(4, null)).toBe(1)
  })
})
