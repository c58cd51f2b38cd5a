import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Operand, operand } from '../../../main/engine/backends/operand.ts'
import { plainShortlist, shortlist } from '../../../main/engine/kernels/shortlist.ts'
import {
  plainScoreLogits,
  plainScoreLogitsBackward,
  scoreLogits,
  scoreLogitsBackward,
  targetTokens,
} from '../../../main/engine/kernels/token-scores.ts'
import { useNativeBackend } from '../../support/native.ts'
import { nativeLibrary, needing } from '../../support/needs.ts'
import { expectClose, expectNoLeak, expectSame, normal, normalOperand, precisions, valuesOf } from './comparison.ts'

const sizes = [
  [1, 2],
  [2, 16],
  [3, 37],
  [5, 130],
  [6, 49152],
] as const

/** A separate copy, because kernels overwrite their inputs. */
const copyOf = (x: Operand): Operand => operand(tf.tensor(valuesOf(x).slice(), x.tensor.shape), x.precision)

/** Tokens without a pattern, including the first and the last. */
const someTokens = (count: number, vocabulary: number) =>
  targetTokens(Array.from({ length: count }, (_, i) => (i === 0 ? vocabulary - 1 : (i * 7919) % vocabulary)))

needing(nativeLibrary).describe('a native kernel matches its plain formula:', () => {
  beforeAll(useNativeBackend)

  describe.each(precisions)('in %s', (precision) => {
    test.each(sizes)('scores of tokens, %i of %i', (M, V) => {
      expectNoLeak(() => {
        const logits = normalOperand([M, V], 1, precision, 4)
        const targets = someTokens(M, V)
        const plain = plainScoreLogits(logits, targets)
        const native = scoreLogits(copyOf(logits), targets)
        expectClose(native.logprobs, plain.logprobs, 10)
        expectClose(native.entropy, plain.entropy, 40)
        expectSame(native.correct, plain.correct)
        expectClose(native.probabilities, plain.probabilities, 0.1)

        const g = normal([M], 2)
        const dlogits = plainScoreLogitsBackward(g, plain.probabilities, targets)
        expectClose(scoreLogitsBackward(g, copyOf(plain.probabilities), targets), dlogits, 0)
      })
    })

    test('a target is the most likely only if no equal logit precedes it', () => {
      expectNoLeak(() => {
        const row = [1, 3, 0, 3, 2]
        const logits = operand(tf.tensor2d([row, row, row]), precision)
        const targets = targetTokens([1, 3, 4])
        expect([...valuesOf(plainScoreLogits(logits, targets).correct)]).toEqual([1, 0, 0])
        expect([...valuesOf(scoreLogits(logits, targets).correct)]).toEqual([1, 0, 0])
      })
    })

    test.each([
      [1, 5, 5],
      [3, 100, 1],
      [2, 131, 64],
      [4, 20000, 64],
      [6, 49152, 64],
    ])('the most likely of %i x %i tokens, %i of them', (S, V, k) => {
      expectNoLeak(() => {
        const logits = normalOperand([S, V], 1, precision, 4)
        const plain = plainShortlist(logits, 0.7, k)
        const native = shortlist(logits, 0.7, k)
        expect(native.ids.dtype).toBe('int32')
        expectSame(native.values, plain.values)
        expectSame(tf.cast(native.ids, 'float32'), tf.cast(plain.ids, 'float32'))
        expectClose(native.mass, plain.mass, 10)
      })
    })

    test('lower ids are listed first among equal logits, however many there are', () => {
      expectNoLeak(() => {
        const coarse = tf.round(tf.mul(normal([8, 3000], 1), 2))
        const rows = tf.concat([coarse, tf.zeros([1, 3000]), tf.fill([1, 3000], Number.NEGATIVE_INFINITY)]) as tf.Tensor2D
        const { values, ids } = shortlist(operand(rows, precision), 1, 40)
        for (const [r, row] of (rows.arraySync() as number[][]).entries()) {
          const order = row.map((_, id) => id).sort((a, b) => row[b] - row[a] || a - b)
          expect([...(ids.dataSync() as Int32Array)].slice(r * 40, r * 40 + 40)).toEqual(order.slice(0, 40))
          expect([...valuesOf(values)].slice(r * 40, r * 40 + 40)).toEqual(order.slice(0, 40).map((id) => row[id]))
        }
      })
    })
  })

  test('a target outside the vocabulary is rejected', () => {
    const logits = normalOperand([1, 4], 1, 'float32')
    expect(() => scoreLogits(logits, targetTokens([4]))).toThrow('a target is outside the vocabulary')
    expect(() => shortlist(logits, 1, 5)).toThrow('k must be between 1 and the row length')
  })
})
