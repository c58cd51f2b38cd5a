import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { kernelSet } from '../../../main/engine/backends/kernel-set.ts'
import { attend, attendBackward, attendSelf } from '../../../main/engine/kernels/attention.ts'
import { disposeRuns, padRuns, placeRuns, type Runs } from '../../../main/engine/kernels/attention-runs.ts'
import type { HeadShape } from '../../../main/engine/kernels/head-shape.ts'
import { ownKeys, plainAttend, plainAttendBackward } from '../../../main/engine/kernels/plain-attention.ts'
import { plainWriteRows, writeRows } from '../../../main/engine/kernels/write-rows.ts'
import type { Precision } from '../../../main/shared/train-config.ts'
import { useNativeBackend } from '../../support/native.ts'
import { oneToken, rowsIn, separateTexts, sharedStarts } from './attention-layouts.ts'
import { expectNoLeak, normalOperand, valuesOf } from './comparison.ts'

const shapes: Record<string, HeadShape> = {
  'nine heads over three': { heads: 9, keyValueHeads: 3, headDim: 64 },
  'a width that fills no vector': { heads: 4, keyValueHeads: 2, headDim: 6 },
  'no shared keys, a wide head': { heads: 2, keyValueHeads: 2, headDim: 128 },
}

const layouts: Record<string, Runs> = {
  'one token': oneToken,
  'rows of different lengths': separateTexts(150, 3, 65),
  'pairs with a shared prompt': sharedStarts(70, 100, 37),
}

/** Tolerance for values of about 1, rounded to the precision in a different order. */
const tolerance: Record<Precision, number> = { float32: 3e-5, bfloat16: 0.03 }

function worst(a: Parameters<typeof valuesOf>[0], b: Parameters<typeof valuesOf>[0]): number {
  const [x, y] = [valuesOf(a), valuesOf(b)]
  return x.reduce((most, value, i) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : Math.max(most, Math.abs(value - y[i]))), 0)
}

/** Tests of attention's kernels against their plain reference. Call inside a describe block. */
export function attentionCases(precision: Precision): void {
  beforeAll(useNativeBackend)

  test('the pack has the kernels', () => expect(kernelSet()).toBe('native'))

  for (const [shapeName, shape] of Object.entries(shapes)) {
    for (const [layoutName, runs] of Object.entries(layouts)) {
      for (const window of [null, 20]) {
        test(`${shapeName}, ${layoutName}, ${window ? 'a sliding window' : 'all positions'}: forward and backward match the plain formulas`, () => {
          const N = rowsIn(runs)
          const qkv = normalOperand([N, (shape.heads + 2 * shape.keyValueHeads) * shape.headDim], 1, precision)
          const dy = normalOperand([N, shape.heads * shape.headDim], 2, precision)
          const placed = placeRuns(runs, window)
          const padded = padRuns(runs, window)
          expectNoLeak(() => {
            const native = attendSelf(qkv, placed, shape)
            const plain = plainAttend(qkv, qkv, padded, shape, ownKeys(shape))
            expect(worst(native.y, plain.y)).toBeLessThan(tolerance[precision])
            expect(worst(native.lse, plain.lse)).toBeLessThan(precision === 'float32' ? 3e-5 : 0.05)
            const nativeBack = attendBackward(dy, qkv, native, placed, shape)
            const plainBack = plainAttendBackward(dy, qkv, plain, padded, shape)
            expect(worst(nativeBack, plainBack)).toBeLessThan(8 * tolerance[precision])
          })
          disposeRuns(placed)
          disposeRuns({ window, native: null, tiled: null, padded })
        })
      }
    }
  }

  test.each([null, 30])('decoding: single-token queries over scattered ranges of a cache, window %s', (window) => {
    const shape = shapes['nine heads over three']
    const queries = normalOperand([3, 15 * 64], 3, precision)
    const cache = normalOperand([700, 2 * 3 * 64], 4, precision)
    const runs: Runs = {
      runs: Int32Array.of(0, 1, 0, 2, 1, 1, 2, 1, 2, 1, 3, 3),
      ranges: Int32Array.of(10, 400, 600, 7, 50, 1, 0, 49, 450, 48, 520, 5), // more keys than one block, a single key, and several ranges
    }
    const placed = placeRuns(runs, window)
    const where = { keyOffset: 0, valueOffset: 3 * 64 }
    const padded = padRuns(runs, window)
    const native = attend(queries, cache, placed, shape, where)
    const plain = plainAttend(queries, cache, padded, shape, where)
    expect(worst(native.y, plain.y)).toBeLessThan(tolerance[precision])
  })

  test('a row outside the storage is rejected, and nothing is written', () => {
    const storage = normalOperand([6, 5], 6, precision)
    const before = valuesOf(storage).slice()
    const rows = tf.tensor2d([4, 6], [2, 1], 'int32')
    expect(() => writeRows(storage, normalOperand([2, 8], 5, precision), rows, 2)).toThrow('outside the storage')
    expect(valuesOf(storage)).toEqual(before)
  })

  test('rows are written into a storage, and no others change', () => {
    const source = normalOperand([3, 8], 5, precision)
    const rows = tf.tensor2d([4, 0, 2], [3, 1], 'int32')
    const native = writeRows(normalOperand([6, 5], 6, precision), source, rows, 2)
    const plain = plainWriteRows(normalOperand([6, 5], 6, precision), source, rows, 2)
    expect(worst(native, plain)).toBe(0)
  })
}
