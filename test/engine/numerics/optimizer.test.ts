import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { microBatches, tokenBudget } from '../../../main/engine/batch-limits.ts'
import { Gradients } from '../../../main/engine/model/gradients.ts'
import { clipFactor, learningRateAt, squaredNormOf } from '../../../main/engine/training/optimizer.ts'
import { rowsOfStep, totalSteps } from '../../../main/engine/training/task.ts'
import { usePlainBackend } from '../../support/native.ts'

beforeAll(usePlainBackend)

describe('the learning rate', () => {
  const schedule = { learning_rate: 1, min_learning_rate: 0.1, warmup_steps: 4 } as const

  test('rises in equal steps during warmup and never starts at zero', () => {
    expect([0, 1, 2, 3].map((step) => learningRateAt(step, 20, { ...schedule, lr_scheduler: 'cosine' }))).toEqual([0.25, 0.5, 0.75, 1])
  })

  test('decays to the floor linearly or by half a cosine, or stays constant', () => {
    expect(learningRateAt(12, 20, { ...schedule, lr_scheduler: 'linear' })).toBeCloseTo(0.55)
    expect(learningRateAt(12, 20, { ...schedule, lr_scheduler: 'cosine' })).toBeCloseTo(0.55)
    expect(learningRateAt(8, 20, { ...schedule, lr_scheduler: 'cosine' })).toBeCloseTo(0.1 + 0.45 * (1 + Math.cos(Math.PI / 4)))
    expect(learningRateAt(20, 20, { ...schedule, lr_scheduler: 'linear' })).toBeCloseTo(0.1)
    expect(learningRateAt(19, 20, { ...schedule, lr_scheduler: 'constant' })).toBe(1)
  })
})

describe('batches', () => {
  const options = { batch_size: 2, gradient_accumulation: 2, epochs: 2, shuffle: true, seed: 3, random: 'philox' } as const

  test('an epoch visits every row once, in its own order', () => {
    const epochs = [0, 1].map((epoch) => [0, 1, 2].flatMap((step) => rowsOfStep(10, epoch * 3 + step, options)))
    for (const epoch of epochs) expect([...epoch].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(epochs[0]).not.toEqual(epochs[1])
    expect(totalSteps(10, options)).toBe(6)
  })

  test("a step sees batch_size times gradient_accumulation rows; an epoch's last step sees the rest", () => {
    expect([0, 1, 2].map((step) => rowsOfStep(10, step, options).length)).toEqual([4, 4, 2])
  })

  test('without shuffling, rows keep their order', () => {
    expect(rowsOfStep(10, 1, { ...options, shuffle: false })).toEqual([4, 5, 6, 7])
  })

  test('half an epoch is half the steps, rounded up', () => {
    expect(totalSteps(10, { ...options, epochs: 0.5 })).toBe(2)
  })

  test('a micro-batch holds as many examples as fit; one that is too long is alone', () => {
    expect(microBatches([3, 3, 9, 2, 2, 2], (n) => n, 6)).toEqual([[3, 3], [9], [2, 2, 2]])
  })
})

describe('the token budget', () => {
  test('is smaller for wider models, and never below 256', () => {
    expect([576, 2048, 8192].map((hidden) => tokenBudget(hidden))).toEqual([2083, 585, 256])
  })

  test("grows with a GPU's free memory, and is no smaller without any", () => {
    expect([-1e9, 0, 6e9, 12e9, 60e9].map((room) => tokenBudget(576, room))).toEqual([2083, 2083, 2083, 4166, 20_830])
  })
})

describe('gradients', () => {
  const exact = (tensor: tf.Tensor) => ({ tensor, precision: 'float32' as const })
  const valuesOf = (gradients: Gradients, name: string) => [...gradients.get(name)!.tensor.dataSync()]

  test('with the same name are summed, both whole tensors and rows of a table', () => {
    const gradients = new Gradients()
    const table = { name: 'table', shape: [3, 2] }
    gradients.add('table', exact(tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2])))
    gradients.addRows(table, tf.tensor2d([10, 20, 30, 40, 50, 60], [3, 2]), tf.tensor1d([2, 0, 2], 'int32'))
    gradients.add('table', exact(tf.ones([3, 2])))
    expect(valuesOf(gradients, 'table')).toEqual([32, 43, 4, 5, 66, 87])
    gradients.dispose()
  })

  test('may start with rows, and leak nothing', () => {
    const before = tf.memory().numTensors
    const gradients = new Gradients()
    tf.tidy(() => {
      gradients.addRows({ name: 'table', shape: [2, 1] }, tf.tensor2d([3, 4], [2, 1]), tf.tensor1d([1, 1], 'int32'))
      gradients.add('other', exact(tf.ones([4])))
    })
    expect(valuesOf(gradients, 'table')).toEqual([0, 7])
    expect(valuesOf(gradients, 'other')).toEqual([1, 1, 1, 1])
    gradients.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('clipping', () => {
  test('the norm is over all gradients together', async () => {
    const gradients = new Gradients()
    gradients.add('a', { tensor: tf.tensor1d([3, 0]), precision: 'float32' })
    gradients.add('b', { tensor: tf.tensor2d([[0], [4]]), precision: 'float32' })
    expect((await squaredNormOf(gradients).data())[0]).toBeCloseTo(25)
  })

  test('small gradients are unchanged, large ones are scaled down to the limit', () => {
    expect(clipFactor(0.5, 1)).toBe(1)
    expect(clipFactor(4, 1)).toBeCloseTo(0.25, 5)
    expect(clipFactor(4, null)).toBe(1)
  })
})
