import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Precision } from '../../shared/train-config.ts'
import { constant } from '../backends/constant.ts'
import { kernel } from '../backends/kernel-set.ts'
import { callKernel, float } from '../backends/native-kernels.ts'
import { type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { wgslAddRmsNorm, wgslRmsNormBackward } from './wgsl/rms-norm.ts'

// N rows of C values; all leading axes count as rows.

export interface Normed {
  readonly sum: Tensor // [N, C], x + branch; x itself without a branch
  readonly y: Operand // [N, C]
  readonly r: Tensor // [N, 1], 1 / sqrt(mean(sum^2) + epsilon)
}

export interface NormGradients {
  readonly dx: Tensor // [N, C], gradient of `sum`: through the norm, plus the residual's if given
  readonly rounded: Operand // [N, C], dx in dy's precision; in float32 it holds dx itself
  readonly dw: Tensor // [C]
}

/** A residual connection followed by RMSNorm (Zhang & Sennrich 2019): `s = x + branch`, `y = w s r`. */
export const addRmsNorm = kernel({ plain: plainAddRmsNorm, native: nativeAddRmsNorm, wgsl: wgslAddRmsNorm })

function nativeAddRmsNorm(x: Tensor, branch: Operand | null, weight: Tensor, epsilon: number, precision: Precision): Normed {
  const attributes = { epsilon: float(epsilon) }
  if (!branch) {
    const [y, r] = callKernel('LaurelRmsNorm', precision, [x, weight], attributes, 2)
    return { sum: x, y: { tensor: y, precision }, r }
  }
  const [y, r, sum] = callKernel('LaurelAddRmsNorm', precision, [x, branch.tensor, weight], attributes, 3)
  return { sum, y: { tensor: y, precision }, r }
}

/**
 * `dx = r (g - xhat mean(g xhat)) + residual` with `g = dy w`, `xhat = x r`; `dw = sum over rows of dy xhat`. x is the forward `sum`, and
 * `residual` the gradient that bypasses the norm.
 */
export const rmsNormBackward = kernel({ plain: plainRmsNormBackward, native: nativeRmsNormBackward, wgsl: wgslRmsNormBackward })

function nativeRmsNormBackward(dy: Operand, x: Tensor, r: Tensor, weight: Tensor, residual: Tensor | null): NormGradients {
  const [name, inputs] = residual
    ? ['LaurelAddRmsNormBackward', [dy.tensor, x, r, weight, residual]]
    : ['LaurelRmsNormBackward', [dy.tensor, x, r, weight]]
  const [dx, rounded, dw] = callKernel(name, dy.precision, inputs, {}, 3)
  if (dy.precision === 'bfloat16') return { dx, rounded: { tensor: rounded, precision: 'bfloat16' }, dw }
  rounded.dispose() // empty
  return { dx, rounded: { tensor: dx, precision: 'float32' }, dw }
}

export function plainAddRmsNorm(x: Tensor, branch: Operand | null, weight: Tensor, epsilon: number, precision: Precision): Normed {
  return tidy(() => {
    const sum = branch ? tf.add(x, widen(branch)) : x
    const r = tf.rsqrt(tf.add(tf.mean(tf.square(sum), -1, true), constant(epsilon))) // [N, 1]
    return { sum, y: operand(tf.mul(tf.mul(sum, r), weight), precision), r }
  })
}

export function plainRmsNormBackward(dy: Operand, x: Tensor, r: Tensor, weight: Tensor, residual: Tensor | null): NormGradients {
  return tidy(() => {
    const wide = widen(dy)
    const normed = tf.mul(x, r)
    const g = tf.mul(wide, weight)
    const through = tf.mul(tf.sub(g, tf.mul(normed, tf.mean(tf.mul(g, normed), -1, true))), r)
    const dx = residual ? tf.add(through, residual) : through
    const rows = Array.from({ length: x.rank - 1 }, (_, axis) => axis)
    return { dx, rounded: operand(dx, dy.precision), dw: tf.sum(tf.mul(wide, normed), rows) }
  })
}
