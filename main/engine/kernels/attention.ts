import type { Tensor } from '@tensorflow/tfjs-core'
import { kernel } from '../backends/kernel-set.ts'
import { callKernel } from '../backends/native-kernels.ts'
import type { Operand } from '../backends/operand.ts'
import type { PlacedRuns } from './attention-runs.ts'
import type { HeadShape } from './head-shape.ts'
import { ownKeys, plainAttend, plainAttendBackward } from './plain-attention.ts'
import { wgslAttend } from './wgsl/attention.ts'
import { wgslAttendBackward } from './wgsl/attention-backward.ts'

// N packed queries, M key rows, H heads, KV key-value heads, D head dimension.

/** First columns of keys and values in the key-value tensor, each KV D wide. */
export interface KeyPlace {
  readonly keyOffset: number
  readonly valueOffset: number
}

/** `lse`: log of the sum of exp(scores), from which the backward pass recomputes the probabilities. */
export interface Attended {
  readonly y: Operand // [N, H D]
  readonly lse: Tensor // [N, H]
}

/**
 * Grouped-query attention (Ainslie et al. 2023): `softmax(q k^T / sqrt(D)) v` over the keys that each query's run may see (`attention-runs.ts`). The
 * native and WebGPU kernels make one pass over blocks of keys with a running softmax (FlashAttention, Dao et al. 2022), so the score matrix
 * never exists. queries [N, >= H D], heads first; keys [M, W].
 */
export const attend = kernel({
  plain: (queries: Operand, keys: Operand, runs: PlacedRuns, shape: HeadShape, where: KeyPlace): Attended =>
    plainAttend(queries, keys, runs.padded!, shape, where),
  native: nativeAttend,
  wgsl: (queries, keys, runs, shape, where) => wgslAttend(queries, keys, runs.tiled!, shape, where),
})

function nativeAttend(queries: Operand, keys: Operand, runs: PlacedRuns, shape: HeadShape, where: KeyPlace): Attended {
  const inputs = [queries.tensor, keys.tensor, runs.native!.runs, runs.native!.ranges]
  const [y, lse] = callKernel('LaurelAttention', queries.precision, inputs, { ...sizes(shape), ...where, window: runs.window ?? 0 }, 2)
  return { y: { tensor: y, precision: queries.precision }, lse }
}

/** Backward pass when keys and values are the tokens' own: dy [N, H D] and qkv [N, (H + 2 KV) D] -> gradient of qkv. */
export const attendBackward = kernel({
  plain: (dy: Operand, qkv: Operand, attended: Attended, runs: PlacedRuns, shape: HeadShape): Operand =>
    plainAttendBackward(dy, qkv, attended, runs.padded!, shape),
  native: nativeAttendBackward,
  wgsl: (dy, qkv, attended, runs, shape) => wgslAttendBackward(dy, qkv, attended, runs.tiled!, shape),
})

function nativeAttendBackward(dy: Operand, qkv: Operand, attended: Attended, runs: PlacedRuns, shape: HeadShape): Operand {
  const inputs = [dy.tensor, qkv.tensor, attended.y.tensor, attended.lse, runs.native!.runs, runs.native!.ranges]
  const [dqkv] = callKernel('LaurelAttentionBackward', qkv.precision, inputs, { ...sizes(shape), window: runs.window ?? 0 }, 1)
  return { tensor: dqkv, precision: qkv.precision }
}

/** Self-attention without a cache, as in training. */
export const attendSelf = (qkv: Operand, runs: PlacedRuns, shape: HeadShape): Attended => attend(qkv, qkv, runs, shape, ownKeys(shape))

const sizes = ({ heads, keyValueHeads, headDim }: HeadShape) => ({ heads, keyValueHeads, headDim })
