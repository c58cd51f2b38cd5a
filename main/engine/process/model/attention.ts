import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import type { Precision } from '../../train-config.ts'
import { matMul, type Operand, operand, widen } from '../backend/operand.ts'
import { tidy } from '../backend/tidy.ts'
import { type Layout, toPacked, toPadded } from './layout.ts'

// N packed tokens, B rows, T padded length, H heads, KV key-value heads, G = H / KV, D head dimension.

/** Head counts of an attention layer. */
export interface HeadShape {
  readonly heads: number // H
  readonly keyValueHeads: number // KV
  readonly headDim: number // D
}

export interface AttentionSaved {
  readonly q: Operand // [B KV, G T, D], scaled
  readonly k: Operand // [B KV, T, D]
  readonly v: Operand // [B KV, T, D]
  readonly probabilities: Operand // [B KV, G T, T]
}

/**
 * Grouped-query attention (Ainslie et al. 2023): `softmax(q k^T / sqrt(D) + mask) v`, G query heads to a key-value head.
 * The query heads of a group are stacked along time, so that a key is never repeated.
 * q [N, H, D], k and v [N, KV, D] -> [N, H D].
 */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  layout: Layout,
  shape: HeadShape,
  precision: Precision,
): { y: Tensor; saved: AttentionSaved } {
  return tidy(() => {
    const queries = operand(splitQueries(q.mul(shape.headDim ** -0.5), layout, shape, false), precision)
    const keys = operand(splitKeys(k, layout, shape), precision)
    const values = operand(splitKeys(v, layout, shape), precision)
    const scores = matMul(queries, keys, { transposeB: true }) // [B KV, G T, T]
    const { rows: B, width: T } = layout
    const masked = scores.reshape([B, shape.heads, T, T]).add(layout.mask)
    const probabilities = operand(tf.softmax(masked).reshape(scores.shape), precision)
    const y = joinQueries(matMul(probabilities, values), layout, shape)
    return { y, saved: { q: queries, k: keys, v: values, probabilities } }
  })
}

/**
 * With P the probabilities: `dV = P^T dO`, `dP = dO V^T`, `dS = P (dP - rowsum(dP P))`, `dQ = dS K`, `dK = dS^T Q`.
 * dy [N, H D] -> gradients of q [N, H, D], k and v [N, KV, D].
 */
export function attentionBackward(
  dy: Tensor,
  saved: AttentionSaved,
  layout: Layout,
  shape: HeadShape,
): { dq: Tensor; dk: Tensor; dv: Tensor } {
  const precision = saved.q.precision
  const heads = [layout.ids.length, shape.heads, shape.headDim] as const
  return tidy(() => {
    const dout = operand(splitQueries(dy.reshape([...heads]), layout, shape, true), precision) // [B KV, G T, D]
    const dv = matMul(saved.probabilities, dout, { transposeA: true }) // [B KV, T, D]
    const dprob = matMul(dout, saved.v, { transposeB: true }) // [B KV, G T, T]
    const prob = widen(saved.probabilities)
    const weighted = dprob.mul(prob)
    const dscores = operand(weighted.sub(prob.mul(weighted.sum(-1, true))), precision)
    const dq = joinQueries(matMul(dscores, saved.k), layout, shape).mul(shape.headDim ** -0.5)
    const dk = matMul(dscores, saved.q, { transposeA: true })
    return { dq: dq.reshape([...heads]), dk: joinKeys(dk, layout, shape), dv: joinKeys(dv, layout, shape) }
  })
}

function splitQueries(q: Tensor, layout: Layout, { heads, keyValueHeads: KV, headDim: D }: HeadShape, clean: boolean): Tensor {
  const { rows: B, width: T } = layout
  const padded = toPadded(q.reshape([-1, heads * D]), layout, clean).reshape([B, T, heads, D])
  return padded.transpose([0, 2, 1, 3]).reshape([B * KV, (heads / KV) * T, D])
}

function joinQueries(x: Tensor, layout: Layout, { heads, headDim: D }: HeadShape): Tensor {
  const { rows: B, width: T } = layout
  const padded = x
    .reshape([B, heads, T, D])
    .transpose([0, 2, 1, 3])
    .reshape([B * T, heads * D])
  return toPacked(padded, layout) // [N, H D]
}

function splitKeys(k: Tensor, layout: Layout, { keyValueHeads: KV, headDim: D }: HeadShape): Tensor {
  const { rows: B, width: T } = layout
  const padded = toPadded(k.reshape([-1, KV * D]), layout, false).reshape([B, T, KV, D])
  return padded.transpose([0, 2, 1, 3]).reshape([B * KV, T, D])
}

function joinKeys(x: Tensor, layout: Layout, { keyValueHeads: KV, headDim: D }: HeadShape): Tensor {
  const { rows: B, width: T } = layout
  const padded = x
    .reshape([B, KV, T, D])
    .transpose([0, 2, 1, 3])
    .reshape([B * T, KV * D])
  return toPacked(padded, layout).reshape([-1, KV, D])
}
