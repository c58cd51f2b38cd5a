import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { constant } from '../backends/constant.ts'
import { matMul, type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import type { Attended, KeyPlace } from './attention.ts'
import { type PaddedRuns, withIndices } from './attention-runs.ts'
import { gatherRows, scatterRows } from './embedding.ts'
import type { HeadShape } from './head-shape.ts'

// N packed queries, M keys, R runs padded to Q queries and L keys, H heads, KV key-value heads, G = H / KV, D head dimension.

/** Attention as products of whole rectangles, on any backend: reference for the native kernel. */
export function plainAttend(queries: Operand, keys: Operand, placed: PaddedRuns, shape: HeadShape, where: KeyPlace): Attended {
  return tidy(() => {
    const runs = withIndices(placed)
    const { q, k, v } = rectangles(queries, keys, runs, shape, where)
    const scores = masked(q, k, runs, shape) // [R KV, G Q, L]
    const highest = tf.max(scores, -1, true)
    const weights = tf.exp(tf.sub(scores, highest)) // [R KV, G Q, L]
    const sum = tf.sum(weights, -1, true)
    const probabilities = operand(tf.div(weights, sum), queries.precision)
    const y = toPacked(matMul(probabilities, v), runs, shape, shape.headDim)
    const lse = toPacked(tf.add(highest, tf.log(sum)), runs, shape, 1) // [N, H]
    return { y: operand(y, queries.precision), lse }
  })
}

/**
 * With the probabilities P recomputed from queries, keys and their log-sum-exp: `dV = P^T dY`, `dP = dY V^T`, `dS = P (dP - rowsum(dY Y))`,
 * `dQ = dS K`, `dK = dS^T Q`. Returns the gradient of qkv [N, (H + 2 KV) D].
 */
export function plainAttendBackward(dy: Operand, qkv: Operand, attended: Attended, placed: PaddedRuns, shape: HeadShape): Operand {
  const { precision } = qkv
  const { headDim: D } = shape
  return tidy(() => {
    const runs = withIndices(placed)
    const { q, k, v } = rectangles(qkv, qkv, runs, shape, ownKeys(shape))
    const lse = splitQueries(attended.lse, runs, shape, 1, false) // [R KV, G Q, 1]
    const prob = tf.exp(tf.minimum(tf.sub(masked(q, k, runs, shape), lse), constant(0))) // only scores of padding can exceed 0, without bound
    const dout = splitQueries(widen(dy), runs, shape, D, true)
    const delta = tf.sum(splitQueries(tf.mul(widen(dy), widen(attended.y)), runs, shape, D, true), -1, true)
    const rounded = operand(dout, precision)
    const dv = matMul(operand(prob, precision), rounded, { transposeA: true }) // [R KV, L, D]
    const dscores = operand(tf.mul(prob, tf.sub(matMul(rounded, v, { transposeB: true }), delta)), precision)
    const dq = tf.mul(toPacked(matMul(dscores, k), runs, shape, D), constant(D ** -0.5))
    const dk = matMul(dscores, q, { transposeA: true })
    const toRows = (x: Tensor): Tensor => scatterRows(joinKeys(x, runs, shape), runs.keyRows, dy.tensor.shape[0])
    return operand(tf.concat([dq, toRows(dk), toRows(dv)], 1), precision)
  })
}

/** Columns of keys and values in a training's qkv. */
export const ownKeys = ({ heads, keyValueHeads, headDim }: HeadShape): KeyPlace => ({
  keyOffset: heads * headDim,
  valueOffset: (heads + keyValueHeads) * headDim,
})

/** q [R KV, G Q, D], scaled; k and v [R KV, L, D]. A group's query heads are stacked along time, so that keys are never repeated. */
function rectangles(queries: Operand, keys: Operand, runs: PaddedRuns, shape: HeadShape, where: KeyPlace) {
  const { heads: H, keyValueHeads: KV, headDim: D } = shape
  const wideQueries = widen(queries)
  const N = wideQueries.shape[0]
  // of a cache only the rows that are read are widened; of a pass's own rows only the columns of keys or values are gathered
  const cached = keys === queries ? null : gatherRows(keys, runs.keyRows) // [R L, W]
  const columns = (x: Tensor, offset: number): Tensor => tf.slice(x, [0, offset], [x.shape[0], KV * D])
  const keyBlock = (offset: number): Operand => {
    const rows = cached ? columns(cached, offset) : gatherRows({ tensor: columns(wideQueries, offset), precision: 'float32' }, runs.keyRows)
    const heads = tf.transpose(tf.reshape(rows, [runs.count, runs.keys, KV, D]), [0, 2, 1, 3])
    return operand(tf.reshape(heads, [runs.count * KV, runs.keys, D]), queries.precision)
  }
  const q = splitQueries(tf.mul(tf.slice(wideQueries, [0, 0], [N, H * D]), constant(D ** -0.5)), runs, shape, D, false)
  return { q: operand(q, queries.precision), k: keyBlock(where.keyOffset), v: keyBlock(where.valueOffset) }
}

function masked(q: Operand, k: Operand, runs: PaddedRuns, shape: HeadShape): Tensor {
  const scores = matMul(q, k, { transposeB: true })
  const byHead = tf.reshape(scores, [runs.count, shape.heads, runs.queries, runs.keys])
  return tf.reshape(tf.add(byHead, runs.mask), scores.shape)
}

/** [N, H W] -> [R KV, G Q, W]. Padding repeats query 0, or is zero if `clean` (required for gradients). */
function splitQueries(x: Tensor, runs: PaddedRuns, { heads: H, keyValueHeads: KV }: HeadShape, W: number, clean: boolean): Tensor {
  const rows = gatherRows({ tensor: x, precision: 'float32' }, runs.queryRows) // [R Q, H W]
  const padded = clean ? tf.mul(rows, runs.isQuery) : rows
  const byHead = tf.transpose(tf.reshape(padded, [runs.count, runs.queries, H, W]), [0, 2, 1, 3])
  return tf.reshape(byHead, [runs.count * KV, (H / KV) * runs.queries, W])
}

/** [R KV, G Q, W] -> [N, H W]. */
function toPacked(x: Tensor, runs: PaddedRuns, { heads: H }: HeadShape, W: number): Tensor {
  const byQuery = tf.transpose(tf.reshape(x, [runs.count, H, runs.queries, W]), [0, 2, 1, 3])
  return gatherRows({ tensor: tf.reshape(byQuery, [runs.count * runs.queries, H * W]), precision: 'float32' }, runs.packedRows)
}

/** [R KV, L, D] -> [R L, KV D]. */
function joinKeys(x: Tensor, runs: PaddedRuns, { keyValueHeads: KV, headDim: D }: HeadShape): Tensor {
  const byKey = tf.transpose(tf.reshape(x, [runs.count, KV, runs.keys, D]), [0, 2, 1, 3])
  return tf.reshape(byKey, [runs.count * runs.keys, KV * D])
}
