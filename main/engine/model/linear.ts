import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { constant } from '../backends/constant.ts'
import { matMul, type Operand, operand, product, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { addBias } from '../kernels/add-bias.ts'
import { applyDropout, type Dropout } from './dropout.ts'
import type { GradientSums } from './gradients.ts'
import type { Parameter } from './parameter.ts'

/**
 * A low-rank adapter (Hu et al. 2021) on a range of a projection's outputs: `y[start, end) += scale (x A^T) B^T`. B starts at zero, so an
 * untrained adapter has no effect.
 */
export interface Adapter {
  readonly a: Parameter // [R, I]
  readonly b: Parameter // [end - start, R]
  readonly scale: number // alpha / rank
  readonly start: number
  readonly end: number
  readonly dropout: number
}

/** A projection `y = x W^T + bias`, with W in Hugging Face's layout. */
export interface Linear {
  readonly weight: Parameter // [O, I]
  readonly bias: Parameter | null // [O]
  readonly adapters: readonly Adapter[]
}

/** `x W^T`: x [N, I], W [O, I] -> [N, O]. */
export type TimesWeights = (x: Operand, weight: Operand) => Operand

/** What a projection takes from its pass. */
interface Projecting {
  readonly dropout: Dropout | null
  readonly timesWeights: TimesWeights
}

/** x [N, I] -> y [N, O]. */
export function linear(layer: Linear, x: Operand, pass: Projecting): Operand {
  return tidy(() => {
    const y = pass.timesWeights(x, layer.weight.operand)
    const biased = layer.bias ? addBias(y, layer.bias.value) : y
    if (layer.adapters.length === 0) return biased
    const wide = widen(biased)
    return operand(tf.add(wide, adapterOutputs(layer.adapters, x, wide, pass)), x.precision)
  })
}

/** The adapters' outputs side by side, and zeros where there is none: x [N, I], y [N, O] -> [N, O]. Padding each would copy its zero to the host. */
function adapterOutputs(adapters: readonly Adapter[], x: Operand, y: Tensor, pass: Projecting): Tensor {
  const [N, O] = y.shape
  const parts: Tensor[] = []
  let end = 0
  const fillUpTo = (next: number) => {
    if (next > end) parts.push(tf.zerosLike(tf.slice(y, [0, end], [N, next - end])))
  }
  for (const adapter of adapters) {
    fillUpTo(adapter.start)
    parts.push(adapterOutput(adapter, x, pass))
    end = adapter.end
  }
  fillUpTo(O)
  return tf.concat(parts, 1)
}

/** x [N, I] -> [N, end - start]. */
function adapterOutput(adapter: Adapter, x: Operand, { dropout, timesWeights }: Projecting): Tensor {
  const inner = timesWeights(adapterInput(adapter, x, dropout), adapter.a.operand) // [N, R]
  return tf.mul(matMul(inner, adapter.b.operand, { transposeB: true }), constant(adapter.scale))
}

/** Input gradient: dy [N, O] -> dx [N, I]. x is the forward input. Adds the adapters' gradients to `gradients`. */
export function linearBackward(layer: Linear, dy: Operand, x: Operand, dropout: Dropout | null, gradients: GradientSums): Operand {
  return tidy(() => {
    weightGradient(layer, dy, x, gradients)
    return inputGradient(layer, dy, x, dropout, gradients)
  })
}

/** `dx = dy W`, plus the adapters' contributions. */
export function inputGradient(layer: Linear, dy: Operand, x: Operand | null, dropout: Dropout | null, gradients: GradientSums): Operand {
  const dx = product(dy, layer.weight.operand)
  if (layer.adapters.length === 0) return dx
  const input = x as Operand
  const wide = widen(dy)
  const sum = layer.adapters.reduce((sum, adapter) => tf.add(sum, adapterBackward(adapter, wide, input, dropout, gradients)), widen(dx))
  return operand(sum, dy.precision)
}

/** `dW = dy^T x` and `dbias = sum of dy over rows`, for trainable parameters. */
export function weightGradient(layer: Linear, dy: Operand, x: Operand, gradients: GradientSums): void {
  if (layer.weight.trainable) gradients.add(layer.weight.name, product(dy, x, { transposeA: true })) // [O, I]
  if (layer.bias?.trainable) gradients.add(layer.bias.name, float(tidy(() => tf.sum(widen(dy), 0))))
}

/** dy [N, O] -> the adapter's part of dx [N, I]. */
function adapterBackward(adapter: Adapter, dy: Tensor, x: Operand, dropout: Dropout | null, gradients: GradientSums): Tensor {
  const input = adapterInput(adapter, x, dropout)
  const inner = product(input, adapter.a.operand, { transposeB: true }) // [N, R]
  const part = tf.mul(tf.slice(dy, [0, adapter.start], [dy.shape[0], adapter.end - adapter.start]), constant(adapter.scale))
  const g = operand(part, x.precision)
  gradients.add(adapter.b.name, product(g, inner, { transposeA: true }))
  const dinner = product(g, adapter.b.operand) // [N, R]
  gradients.add(adapter.a.name, product(dinner, input, { transposeA: true }))
  const dinput = matMul(dinner, adapter.a.operand)
  return applyDropout(dinput, adapterDropout(adapter, dropout), adapter.a.name)
}

function adapterInput(adapter: Adapter, x: Operand, dropout: Dropout | null): Operand {
  const rate = adapterDropout(adapter, dropout)
  return rate ? operand(applyDropout(widen(x), rate, adapter.a.name), x.precision) : x
}

const adapterDropout = (adapter: Adapter, dropout: Dropout | null): Dropout | null =>
  dropout && adapter.dropout > 0 ? { ...dropout, rate: adapter.dropout } : null

const float = (tensor: Tensor): Operand => ({ tensor, precision: 'float32' })
