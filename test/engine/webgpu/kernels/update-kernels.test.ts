import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect } from 'vitest'
import { operand } from '../../../../main/engine/backends/operand.ts'
import { addInto, addRowsInto } from '../../../../main/engine/kernels/accumulate.ts'
import { AdamWScalars, adamwInPlace, squaredNorm, squaredNorms } from '../../../../main/engine/kernels/adamw.ts'
import { scatterRows } from '../../../../main/engine/kernels/embedding.ts'
import { writeRows } from '../../../../main/engine/kernels/write-rows.ts'
import { needing, softwareAdapter } from '../../../support/needs.ts'
import { normal, normalOperand } from '../../kernels/comparison.ts'
import { expectTwins, resultsOn, twins, useTwins } from './twins.ts'

const shapes = [[[1]], [[16]], [[37]], [[3, 43]], [[60, 517]]]

const options = {
  ...{ learningRate: 1e-2, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 },
  ...{ step: 3, gradientScale: 0.7 },
}

needing(softwareAdapter).describe('a WebGPU kernel matches its plain formula:', () => {
  beforeAll(useTwins)
  const { test } = needing(softwareAdapter)

  test.each(shapes)('AdamW in place, %j', async (shape) => {
    const results = await twins(() => {
      const scalars = new AdamWScalars(options)
      const moments = { m: normal(shape, 3), v: tf.square(normal(shape, 4)) }
      const updated = adamwInPlace(normal(shape, 2), null, normalOperand(shape, 1, 'float32'), moments, scalars)
      scalars.dispose()
      return { value: updated.value, ...updated.moments }
    })
    expectTwins(results, 1)
  })

  test('AdamW returns the same tensors, and a value that was read before is read again', async () => {
    await tf.setBackend('webgpu')
    const [value, m, v] = [tf.ones([5]), tf.zeros([5]), tf.zeros([5])]
    const scalars = new AdamWScalars({ ...options, step: 1, weightDecay: 0 })
    await value.data()
    expect(adamwInPlace(value, null, operand(tf.ones([5]), 'float32'), { m, v }, scalars).value).toBe(value)
    expect((await value.data())[0]).toBeCloseTo(1 - options.learningRate, 5) // the first step of AdamW has the learning rate's size
    scalars.dispose()
  })

  test.each(shapes)('adding to a sum, %j', async (shape) => {
    expectTwins(await twins(() => ({ sum: addInto(normal(shape, 1), normalOperand(shape, 2, 'float32')) })))
  })

  test.each(shapes)('the squared norm, %j', async (shape) => {
    const { norm } = await twins(() => ({ norm: squaredNorm(normalOperand(shape, 1, 'float32')) }))
    expectTwins({ norm }, norm.plain.values[0])
  })

  test('the squared norm of several tensors', async () => {
    const tensors = () => [normalOperand([3, 5], 1, 'float32'), normalOperand([700], 2, 'float32'), normalOperand([1], 3, 'float32')]
    expectTwins(await twins(() => ({ norm: squaredNorms(tensors()) })), 700)
  })

  test.each([
    [5, 7, 1],
    [100, 70, 90],
    [40, 37, 90],
  ])('adding to rows of a %i x %i table, %i of them, with repetitions', async (V, C, N) => {
    const indices = () => tf.tensor1d(Int32Array.from({ length: N }, (_, i) => (i * i) % V))
    const compute = () => ({ table: addRowsInto(normal([V, C], 1), normal([N, C], 2), tf.cast(indices(), 'int32')) })
    expectTwins(await twins(compute), 4)
    expect(await resultsOn('webgpu', compute)).toEqual(await resultsOn('webgpu', compute))
  })

  test.each([
    [1, 1, 1],
    [2, 1, 50],
    [31, 70, 20], // rows that get nothing are zero
  ])('sums of rows: %i sums %i wide of %i rows', async (results, C, N) => {
    const indices = () =>
      tf.tensor1d(
        Int32Array.from({ length: N }, (_, i) => (i * i) % results),
        'int32',
      )
    expectTwins(await twins(() => ({ sums: scatterRows(normal([N, C], 1), indices(), results) })), 8)
  })

  test('rows are written into a storage, and no others change', async () => {
    const results = await twins(() => {
      const rows = tf.tensor2d([4, 0, 2], [3, 1], 'int32')
      return { storage: writeRows(normalOperand([6, 5], 6, 'float32'), normalOperand([3, 8], 5, 'float32'), rows, 2) }
    })
    expectTwins(results, 1, 0)
  })

  test('a row outside the storage is left out', async () => {
    const write = (row: number) => () => {
      const rows = tf.tensor2d([4, row], [2, 1], 'int32')
      return { storage: writeRows(normalOperand([6, 5], 6, 'float32'), normalOperand([2, 8], 5, 'float32'), rows, 2) }
    }
    const { storage } = await resultsOn('webgpu', write(6))
    expect(storage.values.slice(0, 20)).toEqual((await resultsOn('webgpu', write(5))).storage.values.slice(0, 20))
    const before = await resultsOn('webgpu', () => ({ x: normalOperand([6, 5], 6, 'float32') }))
    expect(storage.values.slice(25)).toEqual(before.x.values.slice(25))
  })
})
