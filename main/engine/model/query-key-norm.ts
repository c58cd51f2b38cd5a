import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Precision } from '../../shared/train-config.ts'
import { constant } from '../backends/constant.ts'
import { type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import type { HeadShape } from '../kernels/head-shape.ts'
import { addRmsNorm, rmsNormBackward } from '../kernels/rms-norm.ts'
import type { GradientSums } from './gradients.ts'
import type { LayerWeights } from './weights.ts'

export interface HeadNormSaved {
  readonly queries: { readonly x: Tensor; readonly r: Tensor } // [N H, D], [N H, 1]
  readonly keys: { readonly x: Tensor; readonly r: Tensor } // [N KV, D], [N KV, 1]
}

interface Options {
  readonly shape: HeadShape
  readonly queryScale: number
  readonly normEpsilon: number
  readonly precision: Precision
}

/**
 * RMSNorm over every query and key head, and the scale of queries (`queryScale`), which joins the norm's weight: qkv [N, (H + 2 KV) D] -> the same shape. Returns qkv unchanged if the layer has no such
 * weights.
 */
export function normHeads(weights: LayerWeights, qkv: Operand, options: Options): { qkv: Operand; saved: HeadNormSaved | null } {
  const { queryNorm, keyNorm } = weights
  if (!queryNorm || !keyNorm) return { qkv, saved: null }
  return tidy(() => {
    const { q, k, v } = parts(widen(qkv), options.shape)
    const norm = (x: Tensor, weight: Tensor) => addRmsNorm(x, null, weight, options.normEpsilon, options.precision)
    const queries = norm(q, scaled(queryNorm.value, options.queryScale))
    const keys = norm(k, keyNorm.value)
    return {
      qkv: joined(widen(queries.y), widen(keys.y), v, qkv),
      saved: { queries: { x: q, r: queries.r }, keys: { x: k, r: keys.r } },
    }
  })
}

/** Gradient of the normalized qkv -> gradient of qkv. */
export function normHeadsBackward(
  weights: LayerWeights,
  dqkv: Operand,
  saved: HeadNormSaved,
  options: Options,
  gradients: GradientSums,
): Operand {
  const { queryNorm, keyNorm } = weights
  if (!queryNorm || !keyNorm) return dqkv
  return tidy(() => {
    const { q, k, v } = parts(widen(dqkv), options.shape)
    const queries = rmsNormBackward(
      operand(q, options.precision),
      saved.queries.x,
      saved.queries.r,
      scaled(queryNorm.value, options.queryScale),
      null,
    )
    const keys = rmsNormBackward(operand(k, options.precision), saved.keys.x, saved.keys.r, keyNorm.value, null)
    if (queryNorm.trainable) gradients.add(queryNorm.name, { tensor: scaled(queries.dw, options.queryScale), precision: 'float32' })
    if (keyNorm.trainable) gradients.add(keyNorm.name, { tensor: keys.dw, precision: 'float32' })
    return joined(queries.dx, keys.dx, v, dqkv)
  })
}

const scaled = (weight: Tensor, scale: number): Tensor => (scale === 1 ? weight : tf.mul(weight, constant(scale)))

/** [N, (H + 2 KV) D] -> one row per head: q [N H, D], k [N KV, D]; v stays [N, KV D]. */
function parts(qkv: Tensor, { heads: H, keyValueHeads: KV, headDim: D }: HeadShape): { q: Tensor; k: Tensor; v: Tensor } {
  const [q, k, v] = tf.split(qkv, [H * D, KV * D, KV * D], 1)
  return { q: tf.reshape(q, [-1, D]), k: tf.reshape(k, [-1, D]), v }
}

function joined(q: Tensor, k: Tensor, v: Tensor, like: Operand): Operand {
  const N = v.shape[0]
  return operand(tf.concat([tf.reshape(q, [N, -1]), tf.reshape(k, [N, -1]), v], 1), like.precision)
}
