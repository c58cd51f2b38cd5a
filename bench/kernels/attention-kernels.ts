import * as tf from '@tensorflow/tfjs-core'
import { seenPairs } from '../../main/engine/flops.ts'
import { attend, attendBackward } from '../../main/engine/kernels/attention.ts'
import { padRuns, placeRuns, type Runs } from '../../main/engine/kernels/attention-runs.ts'
import type { HeadShape } from '../../main/engine/kernels/head-shape.ts'
import { ownKeys, plainAttend, plainAttendBackward } from '../../main/engine/kernels/plain-attention.ts'
import { plainWriteRows, writeRows } from '../../main/engine/kernels/write-rows.ts'
import { bytesOf, copyOf, type KernelEntry, type KernelShape, noisy } from './entry.ts'

const texts = 4 // in a micro-batch
const cachedTokens = 192 // of each sequence that is being sampled

/** Sequences of `keys` keys each, with queries at the last `queries` positions. */
function runsOf(sequences: number, keys: number, queries: number): Runs {
  const each = Array.from({ length: sequences }, (_, i) => i)
  return {
    runs: Int32Array.from(each.flatMap((i) => [i * queries, queries, i, 1])),
    ranges: Int32Array.from(each.flatMap((i) => [i * keys, keys])),
  }
}

const headShape = ({ heads, keyValueHeads, headDim }: KernelShape): HeadShape => ({ heads, keyValueHeads, headDim })
const wide = ({ heads, keyValueHeads, headDim }: HeadShape): number => (heads + 2 * keyValueHeads) * headDim

/** Attention in training and in sampling, and the KV cache. */
export const attentionKernels: readonly KernelEntry[] = [
  {
    name: 'attention over texts',
    prepare(sizes, precision) {
      const shape = headShape(sizes)
      const length = Math.floor(sizes.tokens / texts)
      const qkv = noisy([length * texts, wide(shape)], precision)
      const runs = runsOf(texts, length, length)
      const [placed, padded] = [placeRuns(runs, null), padRuns(runs, null)]
      return {
        fused: () => attend(qkv, qkv, placed, shape, ownKeys(shape)),
        plain: () => plainAttend(qkv, qkv, padded, shape, ownKeys(shape)),
        bytes: bytesOf(qkv) * (1 + shape.heads / (shape.heads + 2 * shape.keyValueHeads)),
        flops: 4 * shape.heads * shape.headDim * texts * seenPairs(length),
      }
    },
  },
  {
    name: 'attention over texts, backward',
    prepare(sizes, precision) {
      const shape = headShape(sizes)
      const length = Math.floor(sizes.tokens / texts)
      const qkv = noisy([length * texts, wide(shape)], precision)
      const dy = noisy([length * texts, shape.heads * shape.headDim], precision)
      const runs = runsOf(texts, length, length)
      const [placed, padded] = [placeRuns(runs, null), padRuns(runs, null)]
      const attended = attend(qkv, qkv, placed, shape, ownKeys(shape))
      return {
        fused: () => attendBackward(dy, qkv, attended, placed, shape),
        plain: () => plainAttendBackward(dy, qkv, attended, padded, shape),
        bytes: 2 * bytesOf(qkv, dy),
        flops: 8 * shape.heads * shape.headDim * texts * seenPairs(length),
      }
    },
  },
  {
    name: 'attention, one token per sequence',
    prepare(sizes, precision) {
      const shape = headShape(sizes)
      const S = sizes.sequences
      const queries = noisy([S, wide(shape)], precision)
      const keys = noisy([S * cachedTokens, 2 * shape.keyValueHeads * shape.headDim], precision)
      const where = { keyOffset: 0, valueOffset: shape.keyValueHeads * shape.headDim }
      const runs = runsOf(S, cachedTokens, 1)
      const [placed, padded] = [placeRuns(runs, null), padRuns(runs, null)]
      return {
        fused: () => attend(queries, keys, placed, shape, where),
        plain: () => plainAttend(queries, keys, padded, shape, where),
        bytes: bytesOf(queries, keys),
        flops: 4 * shape.heads * shape.headDim * S * cachedTokens,
      }
    },
  },
  {
    name: 'cache write',
    prepare(sizes, precision) {
      const shape = headShape(sizes)
      const S = sizes.sequences
      const width = 2 * shape.keyValueHeads * shape.headDim
      const [storage, source] = [noisy([S * cachedTokens, width], precision), noisy([S, wide(shape)], precision)]
      const rows = tf.tensor2d(
        Int32Array.from({ length: S }, (_, i) => i * cachedTokens + 1),
        [S, 1],
        'int32',
      )
      const from = shape.heads * shape.headDim
      return {
        fused: () => writeRows(storage, source, rows, from),
        plain: () => plainWriteRows(copyOf(storage), source, rows, from),
        bytes: (2 * bytesOf(storage)) / cachedTokens,
      }
    },
  },
]
