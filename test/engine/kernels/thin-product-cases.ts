import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { hasNativeKernels, thinRows } from '../../../main/engine/backends/native-kernels.ts'
import { operand, takeOperand } from '../../../main/engine/backends/operand.ts'
import { plainTimesTransposed, timesTransposed } from '../../../main/engine/kernels/thin-product.ts'
import type { Precision } from '../../../main/shared/train-config.ts'
import { expectClose, expectNoLeak, expectSame, normalOperand, valuesOf } from './comparison.ts'

/** Rows, and the weight's rows and columns: single values, whole and partial vectors, whole and partial tiles, and a model's own. */
const sizes = [
  [1, 1, 1],
  [2, 3, 37],
  [7, 5, 16],
  [16, 66, 130],
  [13, 192, 576],
  [5, 50, 1536],
  [70, 98, 160],
] as const

/** What a thin product has to be on every instruction set. */
export function thinProductCases(precision: Precision): void {
  test.each(sizes)('thin products, %i rows and %i x %i', (rows, O, I) => {
    expect(hasNativeKernels()).toBe(true)
    const N = Math.min(rows, thinRows(precision))
    expectNoLeak(() => {
      const [x, weight] = [normalOperand([N, I], 1, precision), normalOperand([O, I], 2, precision)]
      expectClose(timesTransposed(x, weight), plainTimesTransposed(x, weight), 4 * Math.sqrt(I))
    })
  })

  test.each([130, 160])('a row of a thin product, %i terms, has the same bits in every batch', (I) => {
    expectNoLeak(() => {
      const M = Math.min(70, thinRows(precision))
      const [x, weight] = [normalOperand([M, I], 1, precision), normalOperand([66, I], 2, precision)]
      const together = timesTransposed(x, weight)
      for (const rows of [[0], [3, 4, 5], [15, 1, 2, 9, 7, 11, 0], Array.from({ length: M - 1 }, (_, i) => M - 1 - i)]) {
        const some = tf.tensor1d(rows, 'int32')
        expectSame(timesTransposed(takeOperand(x, some), weight), takeOperand(together, some))
      }
    })
  })

  test.each([3, 32])('NaN and infinity stay in their row of %i terms', (I) => {
    expectNoLeak(() => {
      const x = [Number.NaN, Number.POSITIVE_INFINITY, 2].flatMap((first) => [first, ...Array<number>(I - 1).fill(1)])
      const y = timesTransposed(operand(tf.tensor2d(x, [3, I]), precision), operand(tf.ones([32, I]), precision))
      const expected = [Number.NaN, Number.POSITIVE_INFINITY, I + 1].flatMap((value) => Array<number>(32).fill(value))
      expect([...valuesOf(y)]).toEqual(expected)
    })
  })
}
