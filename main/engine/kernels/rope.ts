import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { kernel } from '../backends/kernel-set.ts'
import { callKernel } from '../backends/native-kernels.ts'
import { type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import type { HeadShape } from './head-shape.ts'
import { wgslRotateHeads } from './wgsl/rope.ts'

/** Cosines and sines of each token's angles: [N, 1, D/2]. */
export interface Angles {
  readonly cos: Tensor
  readonly sin: Tensor
}

/**
 * Rotary position embedding (Su et al. 2021) of query and key heads; value heads are unchanged. Dimension i of a head is paired with i +
 * D/2, as in Hugging Face's `rotate_half`. Direction -1 rotates backward, which is the gradient because a rotation is orthogonal. qkv [N,
 * (H + 2 KV) D] -> same shape.
 */
export const rotateHeads = kernel({ plain: plainRotateHeads, native: nativeRotateHeads, wgsl: wgslRotateHeads })

function nativeRotateHeads(qkv: Operand, angles: Angles, shape: HeadShape, direction: 1 | -1): Operand {
  const attributes = { rotated: shape.heads + shape.keyValueHeads, opposite: direction === -1 }
  const [rotated] = callKernel('LaurelRotateHeads', qkv.precision, [qkv.tensor, angles.cos, angles.sin], attributes, 1)
  return { tensor: rotated, precision: qkv.precision }
}

export function plainRotateHeads(qkv: Operand, angles: Angles, shape: HeadShape, direction: 1 | -1): Operand {
  const { heads: H, keyValueHeads: KV, headDim: D } = shape
  return tidy(() => {
    const sin = direction === 1 ? angles.sin : tf.neg(angles.sin)
    const [turned, values] = tf.split(tf.reshape(widen(qkv), [-1, H + 2 * KV, D]), [H + KV, KV], 1)
    const [left, right] = tf.split(turned, 2, 2) // [N, H + KV, D/2] each
    const heads = tf.concat([tf.sub(tf.mul(left, angles.cos), tf.mul(right, sin)), tf.add(tf.mul(right, angles.cos), tf.mul(left, sin))], 2)
    return operand(tf.reshape(tf.concat([heads, values], 1), qkv.tensor.shape), qkv.precision)
  })
}
