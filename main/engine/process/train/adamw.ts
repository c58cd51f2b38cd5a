import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { type Operand, widen } from '../backend/operand.ts'
import { tidy } from '../backend/tidy.ts'
import type { Gradients } from '../model/gradients.ts'

/** Running means of a parameter's gradient and of its square. */
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
  /** Which update this is, counted from 1. */
  readonly step: number
  /** Gradients are multiplied by this first: the clipping factor. */
  readonly gradientScale: number
}

export const zeroMoments = (parameter: { readonly shape: readonly number[] }): Moments => ({
  m: tf.zeros([...parameter.shape]),
  v: tf.zeros([...parameter.shape]),
})

/**
 * AdamW (Loshchilov & Hutter 2019, algorithm 2), in torch's form:
 *
 *     w <- w (1 - lr decay)
 *     m <- b1 m + (1 - b1) g,   v <- b2 v + (1 - b2) g^2
 *     w <- w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
 *
 * All tensors have the parameter's shape. Returns new ones.
 */
export function adamw(value: Tensor, gradient: Operand, moments: Moments, options: AdamWOptions): { value: Tensor; moments: Moments } {
  const { learningRate, beta1, beta2, step } = options
  const correction1 = 1 - beta1 ** step
  const correction2 = 1 - beta2 ** step
  return tidy(() => {
    const wide = widen(gradient)
    const g = options.gradientScale === 1 ? wide : wide.mul(options.gradientScale)
    const m = moments.m.mul(beta1).add(g.mul(1 - beta1))
    const v = moments.v.mul(beta2).add(g.square().mul(1 - beta2))
    const denominator = v
      .sqrt()
      .mul(1 / Math.sqrt(correction2))
      .add(options.epsilon)
    const decayed = options.weightDecay === 0 ? value : value.mul(1 - learningRate * options.weightDecay)
    return { value: decayed.sub(m.div(denominator).mul(learningRate / correction1)), moments: { m, v } }
  })
}

/** The square of the Euclidean norm over all gradients together, a scalar. (`addN` of scalars gives 0 on WebGPU, so they are stacked.) */
export const squaredNorm = (gradients: Gradients): Tensor =>
  tidy(() =>
    tf
      .stack(
        gradients.names.map((name) =>
          widen(gradients.get(name) as Operand)
            .square()
            .sum(),
        ),
      )
      .sum(),
  )

/** The factor that brings the norm down to `max`; 1 where it is smaller (torch's `clip_grad_norm_`). */
export const clipFactor = (norm: number, max: number | null): number => (max === null ? 1 : Math.min(1, max / (norm + 1e-6)))
