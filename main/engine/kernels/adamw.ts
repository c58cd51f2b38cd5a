import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { kernel } from '../backends/kernel-set.ts'
import { callKernel } from '../backends/native-kernels.ts'
import { type Operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { wgslAdamw, wgslSquaredNorms } from './wgsl/adamw.ts'

/** Sum of squares, a scalar. */
export const squaredNorm = kernel({ plain: plainSquaredNorm, native: nativeSquaredNorm, wgsl: (x) => wgslSquaredNorms([x]) })

/** Sum of squares of all tensors, a scalar. (`addN` of scalars returns 0 on WebGPU, so they are stacked.) */
export const squaredNorms = kernel({
  plain: (tensors: readonly Operand[]): Tensor => tidy(() => tf.sum(tf.stack(tensors.map(squaredNorm)))),
  wgsl: wgslSquaredNorms,
})

function nativeSquaredNorm(x: Operand): Tensor {
  return callKernel('LaurelSquaredNorm', x.precision, [x.tensor], {}, 1)[0]
}

export function plainSquaredNorm(x: Operand): Tensor {
  return tidy(() => tf.sum(tf.square(widen(x))))
}

/** Running means of a parameter's gradient and squared gradient. */
export interface Moments {
  readonly m: Tensor
  readonly v: Tensor
}

export interface AdamWOptions {
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
  /** Number of this update, starting at 1. */
  readonly step: number
  /** Factor applied to gradients first (gradient clipping). */
  readonly gradientScale: number
}

/** The formula's scalars of one update, in the kernel's order. They reach the device once for all parameters that share them. */
export class AdamWScalars {
  readonly values: readonly number[]
  #packed: Tensor | null = null
  #single: readonly Tensor[] | null = null

  constructor({ learningRate, beta1, beta2, epsilon, weightDecay, step, gradientScale }: AdamWOptions) {
    const rate = learningRate / (1 - beta1 ** step)
    const correction = 1 / Math.sqrt(1 - beta2 ** step)
    this.values = [gradientScale, beta1, 1 - beta1, beta2, 1 - beta2, correction, epsilon, 1 - learningRate * weightDecay, rate]
  }

  /** All of them, [9]. */
  get packed(): Tensor {
    this.#packed ??= tf.keep(tf.tensor1d([...this.values]))
    return this.#packed
  }

  /** Each of them, []. */
  get single(): readonly Tensor[] {
    this.#single ??= tf.unstack(this.packed).map((scalar) => tf.keep(scalar))
    return this.#single
  }

  dispose(): void {
    tf.dispose([this.#packed ?? [], ...(this.#single ?? [])])
    this.#packed = null
    this.#single = null
  }
}

interface Updated {
  readonly value: Tensor
  readonly moments: Moments
}

/**
 * AdamW (Loshchilov & Hutter 2019, algorithm 2), in torch's form:
 *
 *     w <- w (1 - lr decay)
 *     m <- b1 m + (1 - b1) g,   v <- b2 v + (1 - b2) g^2
 *     w <- w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
 *
 * All tensors have the parameter's shape. The native kernel updates everything in place, including `rounded` (the value in bfloat16, or
 * null), and returns the same tensors. Otherwise new tensors are returned, the old ones stay unchanged, and the caller has to recompute
 * `rounded`.
 */
export const adamwInPlace = kernel({ plain: plainAdamwInPlace, native: nativeAdamw, wgsl: wgslAdamw })

function nativeAdamw(value: Tensor, rounded: Operand | null, gradient: Operand, moments: Moments, scalars: AdamWScalars): Updated {
  const inputs = [value, moments.m, moments.v, gradient.tensor, scalars.packed]
  if (rounded?.precision === 'bfloat16') callKernel('LaurelAdamWRounded', gradient.precision, [...inputs, rounded.tensor], {}, 0)
  else callKernel('LaurelAdamW', gradient.precision, inputs, {}, 0)
  return { value, moments }
}

function plainAdamwInPlace(value: Tensor, _: Operand | null, gradient: Operand, moments: Moments, scalars: AdamWScalars): Updated {
  return plainAdamw(value, gradient, moments, scalars)
}

export function plainAdamw(value: Tensor, gradient: Operand, moments: Moments, scalars: AdamWScalars): Updated {
  const [scale, beta1, rest1, beta2, rest2, correction, epsilon, decay, rate] = scalars.single
  const isOne = (index: number): boolean => scalars.values[index] === 1
  return adamwFormula(value, gradient, moments, [
    ...[isOne(0) ? null : scale, beta1, rest1, beta2, rest2, correction, epsilon],
    ...[isOne(7) ? null : decay, rate],
  ])
}

/** The formula with its scalars as tensors, in the kernel's order; null: a factor of 1. */
export function adamwFormula(value: Tensor, gradient: Operand, moments: Moments, scalars: readonly (Tensor | null)[]): Updated {
  const scale = scalars[0]
  const [beta1, rest1, beta2, rest2, correction, epsilon] = scalars.slice(1, 7) as Tensor[]
  const [decay, rate] = [scalars[7], scalars[8] as Tensor]
  return tidy(() => {
    const wide = widen(gradient)
    const g = scale ? tf.mul(wide, scale) : wide
    const m = tf.add(tf.mul(moments.m, beta1), tf.mul(g, rest1))
    const v = tf.add(tf.mul(moments.v, beta2), tf.mul(tf.square(g), rest2))
    const denominator = tf.add(tf.mul(tf.sqrt(v), correction), epsilon)
    const decayed = decay ? tf.mul(value, decay) : value
    return { value: tf.sub(decayed, tf.mul(tf.div(m, denominator), rate)), moments: { m, v } }
  })
}
