import type { Tensor } from '@tensorflow/tfjs'
import { matMul, type Operand, operand, widen } from '../backend/operand.ts'
import { tidy } from '../backend/tidy.ts'
import { applyDropout, type Dropout } from './dropout.ts'
import type { Gradients } from './gradients.ts'
import type { Parameter } from './parameter.ts'

/**
 * A low-rank adapter (Hu et al. 2021) on some of a projection's outputs: `y[start, end) += scale (x A^T) B^T`.
 * B starts at zero, so an untrained adapter changes nothing.
 */
export interface Adapter {
  readonly a: Parameter // [R, I]
  readonly b: Parameter // [end - start, R]
  readonly scale: number // alpha / rank
  readonly start: number
  readonly end: number
  readonly dropout: number
}

/** A projection `y = x W^T + bias`, with W as Hugging Face stores it. */
export interface Linear {
  readonly weight: Parameter // [O, I]
  readonly bias: Parameter | null // [O]
  readonly adapters: readonly Adapter[]
}

/** x [N, I] -> y [N, O]. */
export function linear(layer: Linear, x: Operand, dropout: Dropout | null): Tensor {
  return tidy(() => {
    let y = matMul(x, layer.weight.operand, { transposeB: true })
    if (layer.bias) y = y.add(layer.bias.value)
    for (const adapter of layer.adapters) {
      const inner = matMul(adapterInput(adapter, x, dropout), adapter.a.operand, { transposeB: true }) // [N, R]
      const delta = matMul(operand(inner, x.precision), adapter.b.operand, { transposeB: true }).mul(adapter.scale)
      y = y.add(
        delta.pad([
          [0, 0],
          [adapter.start, layer.weight.shape[0] - adapter.end],
        ]),
      ) // [N, O]
    }
    return y
  })
}

/** dy [N, O] -> dx [N, I]; gradients of trainable weights are added to `gradients`. */
export function linearBackward(layer: Linear, dy: Tensor, x: Operand, dropout: Dropout | null, gradients: Gradients): Tensor {
  return tidy(() => {
    const g = operand(dy, x.precision)
    if (layer.weight.trainable) gradients.add(layer.weight.name, matMul(g, x, { transposeA: true })) // [O, I]
    if (layer.bias?.trainable) gradients.add(layer.bias.name, dy.sum(0))
    let dx = matMul(g, layer.weight.operand)
    for (const adapter of layer.adapters) dx = dx.add(adapterBackward(adapter, dy, x, dropout, gradients))
    return dx
  })
}

function adapterBackward(adapter: Adapter, dy: Tensor, x: Operand, dropout: Dropout | null, gradients: Gradients): Tensor {
  const input = adapterInput(adapter, x, dropout)
  const inner = operand(matMul(input, adapter.a.operand, { transposeB: true }), x.precision) // [N, R]
  const part = dy.slice([0, adapter.start], [dy.shape[0], adapter.end - adapter.start]).mul(adapter.scale)
  const g = operand(part, x.precision)
  gradients.add(adapter.b.name, matMul(g, inner, { transposeA: true }))
  const dinner = operand(matMul(g, adapter.b.operand), x.precision) // [N, R]
  gradients.add(adapter.a.name, matMul(dinner, input, { transposeA: true }))
  const dinput = matMul(dinner, adapter.a.operand)
  return applyDropout(dinput, adapterDropout(adapter, dropout), adapter.a.name)
}

function adapterInput(adapter: Adapter, x: Operand, dropout: Dropout | null): Operand {
  const rate = adapterDropout(adapter, dropout)
  return rate ? operand(applyDropout(widen(x), rate, adapter.a.name), x.precision) : x
}

const adapterDropout = (adapter: Adapter, dropout: Dropout | null): Dropout | null =>
  dropout && adapter.dropout > 0 ? { rate: adapter.dropout, seed: dropout.seed } : null
