import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { matMul, type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import type { Attended, HeadShape, KeyPlace } from './attention.ts'
import type { PaddedRuns } from './attention-runs.ts'
import { gatherRows, scatterRows } from './embedding.ts'

// N packed queries, M keys, R runs padded to Q queries and L keys, H heads, KV key-value heads, G = H / KV, D head dimension.

/** Attention as products of whole rectangles, on any backend: reference for the native kernel. */
export function plainAttend(queries: Operand, keys: Operand, runs: PaddedRuns, shape: HeadShape, where: KeyPlace): Attended {
  return tidy(() => {
    const { q, k, v } = rectangles(queries, keys, runs, shape, where)
    const scores = masked(q, k, runs, shape) // [R KV, G Q, L]
    const highest = scores.max(-1, true)
    const weights = tf.exp(scores.sub(highest)) // [R KV, G Q, L]
    const sum = weights.sum(-1, true)
    const probabilities = operand(weights.div(sum), queries.precision)
    const y = toPacked(matMul(probabilities, v), runs, shape, shape.headDim)
    const lse = toPacked(highest.add(tf.log(sum)), runs, shape, 1) // [N, H]
    return { y: operand(y, queries.precision), lse }
  })
}

/**
 * With the probabilities P recomputed from queries, keys and their log-sum-exp: `dV = P^T dY`, `dP = dY V^T`, `dS = P (dP - rowsum(dY Y))`,
 * `dQ = dS K`, `dK = dS^T Q`. Returns the gradient of qkv [N, (H + 2 KV) D].
 */
export function plainAttendBackward(dy: Operand, qkv: Operand, attended: Attended, runs: PaddedRuns, shape: HeadShape): Operand {
  const { precision } = qkv
  const { headDim: D } = shape
  return tidy(() => {
    const { q, k, v } = rectangles(qkv, qkv, runs, shape, ownKeys(shape))
    const lse = splitQueries(attended.lse, runs, shape, 1, false) // [R KV, G Q, 1]
    const prob = tf.exp(masked(q, k, runs, shape).sub(lse).minimum(0)) // only scores of padding can exceed 0, without bound
    const dout = splitQueries(widen(dy), runs, shape, D, true)
    const delta = splitQueries(widen(dy).mul(widen(attended.y)), runs, shape, D, true).sum(-1, true)
    const rounded = operand(dout, precision)
    const dv = matMul(operand(prob, precision), rounded, { transposeA: true }) // [R KV, L, D]
    const dscores = operand(prob.mul(matMul(rounded, v, { transposeB: true }).sub(delta)), precision)
    const dq = toPacked(matMul(dscores, k), runs, shape, D).mul(D ** -0.5)
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
  const wideKeys = keys === queries ? wideQueries : widen(keys)
  const N = wideQueries.shape[0]
  const keyBlock = (offset: number): Operand => {
    const rows = gatherRows({ tensor: wideKeys.slice([0, offset], [wideKeys.shape[0], KV * D]), precision: 'float32' }, runs.keyRows)
    const heads = rows.reshape([runs.count, runs.keys, KV, D]).transpose([0, 2, 1, 3])
    return operand(heads.reshape([runs.count * KV, runs.keys, D]), queries.precision)
  }
  const q = splitQueries(wideQueries.slice([0, 0], [N, H * D]).mul(D ** -0.5), runs, shape, D, false)
  return { q: operand(q, queries.precision), k: keyBlock(where.keyOffset), v: keyBlock(where.valueOffset) }
}

function masked(q: Operand, k: Operand, runs: PaddedRuns, shape: HeadShape): Tensor {
  const scores = matMul(q, k, { transposeB: true })
  const byHead = scores.reshape([runs.count, shape.heads, runs.queries, runs.keys])
  return byHead.add(runs.mask).reshape(scores.shape)
}

/** [N, H W] -> [R KV, G Q, W]. Padding repeats query 0, or is zero if `clean` (required for gradients). */
function splitQueries(x: Tensor, runs: PaddedRuns, { heads: H, keyValueHeads: KV }: HeadShape, W: number, clean: boolean): Tensor {
  const rows = gatherRows({ tensor: x, precision: 'float32' }, runs.queryRows) // [R Q, H W]
  const padded = clean ? rows.mul(runs.isQuery) : rows
  const byHead = padded.reshape([runs.count, runs.queries, H, W]).transpose([0, 2, 1, 3])
  return byHead.reshape([runs.count * KV, (H / KV) * runs.queries, W])
}

/** [R KV, G Q, W] -> [N, H W]. */
function toPacked(x: Tensor, runs: PaddedRuns, { heads: H }: HeadShape, W: number): Tensor {
  const byQuery = x.reshape([runs.count, H, runs.queries, W]).transpose([0, 2, 1, 3])
  return gatherRows({ tensor: byQuery.reshape([runs.count * runs.queries, H * W]), precision: 'float32' }, runs.packedRows)
}

/** [R KV, L, D] -> [R L, KV D]. */
function joinKeys(x: Tensor, runs: PaddedRuns, { keyValueHeads: KV, headDim: D }: HeadShape): Tensor {
  const byKey = x.reshape([runs.count, KV, runs.keys, D]).transpose([0, 2, 1, 3])
  return byKey.reshape([runs.count * runs.keys, KV * D])
}
