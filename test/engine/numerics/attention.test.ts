import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Operand, operand } from '../../../main/engine/backends/operand.ts'
import { attend, attendBackward, attendSelf } from '../../../main/engine/kernels/attention.ts'
import { disposeRuns, eachRun, padRuns, placeRuns, type Runs } from '../../../main/engine/kernels/attention-runs.ts'
import { ownKeys, plainAttend, plainAttendBackward } from '../../../main/engine/kernels/plain-attention.ts'
import { layOut } from '../../../main/engine/model/layout.ts'
import { hasNative, useNativeBackend, usePlainBackend } from '../../support/native.ts'
import { backendIs, needing } from '../../support/needs.ts'
import { distance, randomTensor } from './tiny-model.ts'
import '../../support/autodiff.ts'

const backends = [
  { name: 'plain', use: usePlainBackend, present: true },
  { name: 'native', use: useNativeBackend, present: hasNative },
]

const TOLERANCE = 2e-5
const shape = { heads: 4, keyValueHeads: 2, headDim: 6 }
const [queryWidth, keyWidth] = [24, 12]

const exact = (tensor: Tensor): Operand => operand(tensor, 'float32')
const tokens = (from: number, length: number) => Array.from({ length }, (_, i) => from + i)
const joined = (...parts: number[][]) => parts.flat()

/** Runs of a layout: each token is a query of one run. */
const laidOut: Record<string, number[][]> = {
  'one sequence': [tokens(0, 7)],
  'a single token': [[3]],
  'sequences of different lengths': [tokens(0, 5), tokens(20, 3), tokens(40, 7)],
  'a prompt shared by two continuations': [joined(tokens(0, 9), [50, 51, 52]), joined(tokens(0, 9), [60, 61]), tokens(30, 4)],
  'a prompt, and its continuation too, shared (three ranges)': [
    joined(tokens(0, 8), tokens(50, 8), [1, 2]),
    joined(tokens(0, 8), tokens(50, 8), [3]),
    joined(tokens(0, 8), [9, 9]),
    tokens(0, 8),
  ],
}

for (const { name, use, present } of backends) {
  needing(backendIs(present)).describe(`on the ${name} backend`, () => {
    beforeAll(use)

    describe.each([null, 1, 3, 10])('with a window of %s', (window) => {
      describe.each(Object.keys(laidOut))('attention over %s', (name) => {
        const { runs, ids } = layOut(laidOut[name], { share: true })

        test('and its gradient', () => {
          const qkv = randomTensor([ids.length, queryWidth + 2 * keyWidth], 1)
          const plain = (x: Tensor) => plainAttention(x, x, runs, window, queryWidth, queryWidth + keyWidth).y
          const dy = randomTensor([ids.length, queryWidth], 99)
          const dqkv = tf.grad((x: Tensor) => tf.sum(tf.mul(plain(x), dy)))(qkv)
          const placed = placeRuns(runs, window)
          const attended = attendSelf(exact(qkv), placed, shape)
          expect(distance(attended.y.tensor, plain(qkv))).toBeLessThan(TOLERANCE)
          expect(distance(attendBackward(exact(dy), exact(qkv), attended, placed, shape).tensor, dqkv)).toBeLessThan(TOLERANCE)
          disposeRuns(placed)
        })
      })

      test('decoding over a cache: runs of different lengths, keys in blocks out of order', () => {
        const runs: Runs = {
          runs: Int32Array.of(0, 1, 0, 2, /**/ 1, 3, 2, 3, /**/ 4, 1, 5, 1),
          // The second sequence starts with the first one's first block: a shared prompt.
          ranges: Int32Array.of(10, 6, 2, 3, /**/ 10, 6, 20, 4, 0, 2, /**/ 16, 1),
        }
        const queries = randomTensor([5, queryWidth], 1)
        const cache = randomTensor([24, 2 * keyWidth], 2)
        const placed = placeRuns(runs, window)
        const { y, lse } = attend(exact(queries), exact(cache), placed, shape, { keyOffset: 0, valueOffset: keyWidth })
        const expected = plainAttention(queries, cache, runs, window, 0, keyWidth)
        expect(distance(y.tensor, expected.y)).toBeLessThan(TOLERANCE)
        expect(distance(lse, expected.lse)).toBeLessThan(TOLERANCE)
        disposeRuns(placed)
      })
    })

    test.each([
      ['whole runs', 2],
      ['parts of one run', 0.4],
      ['single queries', 0],
    ])('in blocks of %s, the plain formulas give the same', (_, runsPerBlock) => {
      const { runs, ids } = layOut(laidOut['a prompt, and its continuation too, shared (three ranges)'], { share: true })
      const qkv = exact(randomTensor([ids.length, queryWidth + 2 * keyWidth], 1))
      const dy = exact(randomTensor([ids.length, queryWidth], 99))
      const padded = padRuns(runs, 5)
      const mostScores = runsPerBlock * shape.heads * padded.queries * padded.keys
      const before = tf.memory().numTensors
      tf.tidy(() => {
        const whole = plainAttend(qkv, qkv, padded, shape, ownKeys(shape))
        const parts = plainAttend(qkv, qkv, padded, shape, ownKeys(shape), mostScores)
        expect(distance(parts.y.tensor, whole.y.tensor)).toBeLessThan(TOLERANCE)
        expect(distance(parts.lse, whole.lse)).toBeLessThan(TOLERANCE)
        const back = plainAttendBackward(dy, qkv, whole, padded, shape)
        expect(distance(plainAttendBackward(dy, qkv, whole, padded, shape, mostScores).tensor, back.tensor)).toBeLessThan(TOLERANCE)
      })
      expect(tf.memory().numTensors).toBe(before)
      disposeRuns({ window: 5, native: null, tiled: null, padded })
    })

    test("large scores neither overflow nor corrupt other runs' gradients", () => {
      // When runs are padded to a rectangle, a padded query meets keys it must not see, with scores far above its own normalizer.
      const { runs, ids } = layOut([tokens(0, 6), tokens(20, 2)], { share: true })
      const qkv = tf.mul(randomTensor([ids.length, queryWidth + 2 * keyWidth], 1), 40)
      const placed = placeRuns(runs, null)
      const attended = attendSelf(exact(qkv), placed, shape)
      const dqkv = attendBackward(exact(randomTensor([ids.length, queryWidth], 2)), exact(qkv), attended, placed, shape)
      expect(tf.all(tf.isFinite(dqkv.tensor)).dataSync()[0]).toBe(1)
      disposeRuns(placed)
    })

    test('leaks no tensors', () => {
      const { runs, ids } = layOut(laidOut['a prompt shared by two continuations'], { share: true })
      const before = tf.memory().numTensors
      tf.tidy(() => {
        const placed = placeRuns(runs, 3)
        const qkv = exact(randomTensor([ids.length, queryWidth + 2 * keyWidth], 1))
        const attended = attendSelf(qkv, placed, shape)
        attendBackward(attended.y, qkv, attended, placed, shape)
        disposeRuns(placed)
      })
      expect(tf.memory().numTensors).toBe(before)
    })
  })
}

/** One query and one head at a time, straight from the definition: the softmax over a run's visible keys. */
function plainAttention(queries: Tensor, keys: Tensor, runs: Runs, window: number | null, keyOffset: number, valueOffset: number) {
  const { heads: H, keyValueHeads: KV, headDim: D } = shape
  const rows: { query: number; y: Tensor; lse: Tensor }[] = eachRun(runs).flatMap(({ query, count, ranges, total }) => {
    const places = ranges.flatMap(([start, length]) => tokens(start, length))
    return tokens(0, count).map((i) => {
      const position = total - count + i
      const seen = places.slice(window === null ? 0 : Math.max(0, position - window + 1), position + 1)
      const own = tf.gather(keys, tf.tensor1d(seen, 'int32'))
      const heads = tokens(0, H).map((h) => {
        const group = Math.floor((h * KV) / H)
        const q = tf.slice(queries, [query + i, h * D], [1, D]) as Tensor2D
        const k = tf.slice(own, [0, keyOffset + group * D], [seen.length, D]) as Tensor2D
        const v = tf.slice(own, [0, valueOffset + group * D], [seen.length, D]) as Tensor2D
        const scores: Tensor2D = tf.div(tf.matMul(q, k, false, true), Math.sqrt(D))
        return { y: tf.matMul(tf.softmax(scores), v), lse: tf.logSumExp(scores, 1) }
      })
      return {
        query: query + i,
        y: tf.concat(
          heads.map(({ y }) => y),
          1,
        ),
        lse: tf.stack(
          heads.map(({ lse }) => lse),
          1,
        ),
      }
    })
  })
  rows.sort((a, b) => a.query - b.query)
  return { y: tf.concat(rows.map(({ y }) => y)), lse: tf.concat(rows.map(({ lse }) => lse)) }
}
