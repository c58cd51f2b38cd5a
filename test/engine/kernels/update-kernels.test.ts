import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { operand } from '../../../main/engine/backends/operand.ts'
import { addInto, addRowsInto, plainAddInto, plainAddRowsInto } from '../../../main/engine/kernels/accumulate.ts'
import {
  type AdamWOptions,
  AdamWScalars,
  adamwInPlace,
  plainAdamw,
  plainSquaredNorm,
  squaredNorm,
} from '../../../main/engine/kernels/adamw.ts'
import { useNativeBackend } from '../../support/native.ts'
import { nativeLibrary, needing } from '../../support/needs.ts'
import { expectClose, expectNoLeak, expectSame, normal, normalOperand, precisions, valuesOf } from './comparison.ts'

const sizes = [[1], [16], [37], [3, 43], [300, 517]]

const options: AdamWOptions = {
  learningRate: 1e-2,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  step: 3,
  gradientScale: 0.7,
}

needing(nativeLibrary).describe('a native kernel matches its plain formula:', () => {
  beforeAll(useNativeBackend)

  describe.each(precisions)('in %s', (precision) => {
    test.each(sizes.map((shape) => [shape]))('AdamW in place, %j', (shape) => {
      expectNoLeak(() => {
        const gradient = normalOperand(shape, 1, precision)
        const [value, moments] = [normal(shape, 2), { m: normal(shape, 3), v: tf.square(normal(shape, 4)) }]
        const rounded = operand(value, precision)
        const scalars = new AdamWScalars(options)
        const plain = plainAdamw(value, gradient, moments, scalars)
        const native = adamwInPlace(value, rounded, gradient, moments, scalars)
        scalars.dispose()
        expect(native.value === value).toBe(true)
        expectClose(value, plain.value)
        expectClose(moments.m, plain.moments.m)
        expectClose(moments.v, plain.moments.v)
        expectSame(rounded, operand(value, precision))
      })
    })

    test.each(sizes.map((shape) => [shape]))('adding to a sum, %j', (shape) => {
      expectNoLeak(() => {
        const [sum, x] = [normal(shape, 1), normalOperand(shape, 2, precision)]
        const expected = plainAddInto(tf.add(sum, 0), x)
        expect(addInto(sum, x) === sum).toBe(true)
        expectSame(sum, expected)
      })
    })

    test.each(sizes.map((shape) => [shape]))('the squared norm, %j', (shape) => {
      expectNoLeak(() => {
        const x = normalOperand(shape, 1, precision)
        const [exact] = [valuesOf(x).reduce((sum, value) => sum + value * value, 0)]
        const [native] = valuesOf(squaredNorm(x))
        expect(Math.abs(native / exact - 1)).toBeLessThan(1e-5)
        expect(squaredNorm(x).shape).toEqual(plainSquaredNorm(x).shape)
      })
    })
  })

  test.each([
    [5, 7, 1],
    [100, 576, 640],
    [40, 37, 90],
  ])('adding to rows of a %i x %i table, %i of them, with repetitions', (V, C, N) => {
    expectNoLeak(() => {
      const [table, rows] = [normal([V, C], 1), normal([N, C], 2)]
      const indices = tf.tensor1d(
        Array.from({ length: N }, (_, i) => (i * i) % V),
        'int32',
      )
      const expected = plainAddRowsInto(tf.add(table, 0), rows, indices)
      expect(addRowsInto(table, rows, indices) === table).toBe(true)
      expectClose(table, expected, 4)
    })
  })
})
