import type { Tensor } from '@tensorflow/tfjs-core'
import type { Precision } from '../../shared/train-config.ts'
import type { ReplayInput } from '../backends/functions/replay.ts'
import { type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import type { Attended } from '../kernels/attention.ts'
import type { HeadShape } from '../kernels/head-shape.ts'
import { addRmsNorm, rmsNormBackward } from '../kernels/rms-norm.ts'
import { type Angles, rotateHeads } from '../kernels/rope.ts'
import { swiglu, swigluBackward } from '../kernels/swiglu.ts'
import { applyDropout, type Dropout } from './dropout.ts'
import type { GradientSums } from './gradients.ts'
import { inputGradient, linear, linearBackward, type TimesWeights, weightGradient } from './linear.ts'
import { type HeadNormSaved, normHeads, normHeadsBackward } from './query-key-norm.ts'
import type { LayerWeights } from './weights.ts'

/** Shared by all layers of a pass. */
export interface Pass {
  readonly angles: Angles
  readonly shape: HeadShape
  readonly normEpsilon: number
  readonly precision: Precision
  readonly dropout: Dropout | null
  readonly attention: PassAttention
  readonly timesWeights: TimesWeights
}

/** Attention of a pass's layers: over its own tokens, or over a KV cache that it first writes their keys and values to. */
export interface PassAttention {
  readonly attend: (qkv: Operand, layer: number) => Attended
  /** What `attend` uses besides, and all that decides what it does: for recording a layer (`replayed-layer.ts`). */
  readonly inputs: (layer: number) => readonly ReplayInput[]
  readonly key: string
  /** Whether it changes a tensor in place. */
  readonly isInPlace: boolean
}

/** The residual stream between two layers: `x + branch`, added by the next norm. */
export interface Stream {
  readonly x: Tensor // [N, C]
  readonly branch: Operand | null // [N, C]
}

/** Gradient of the residual stream, and a rounded copy for products. */
export interface StreamGradient {
  readonly dx: Tensor // [N, C]
  readonly rounded: Operand // [N, C]
}

/** Saved by a layer for the backward pass. */
export interface LayerSaved {
  readonly x: Tensor // [N, C], stream before the layer
  readonly inputScale: Tensor // [N, 1], scale of the norm
  readonly input: Operand // [N, C], normalized
  readonly headNorm: HeadNormSaved | null
  readonly qkv: Operand // [N, (H + 2 KV) D], rotated
  readonly attended: Attended
  readonly middle: Tensor // [N, C], stream between the two branches
  readonly middleScale: Tensor // [N, 1]
  readonly mlpInput: Operand // [N, C], normalized
  readonly gateUp: Operand // [N, 2F]
}

/** A pre-norm transformer block: `x' = x + Attention(norm(x))`, `y = x' + MLP(norm(x'))`, each branch with dropout. */
export function layerForward(
  weights: LayerWeights,
  { x, branch }: Stream,
  pass: Pass,
  index: number,
): { stream: Stream; saved: LayerSaved } {
  return tidy(() => {
    const first = addRmsNorm(x, branch, weights.inputNorm.value, pass.normEpsilon, pass.precision)
    const { qkv, headNorm } = project(weights, first.y, pass)
    const attended = pass.attention.attend(qkv, index)
    const attention = dropBranch(linear(weights.output, attended.y, pass), pass.dropout, 'attention', index)
    const second = addRmsNorm(first.sum, attention, weights.postNorm.value, pass.normEpsilon, pass.precision)
    const gateUp = linear(weights.gateUp, second.y, pass) // [N, 2F]
    const mlp = dropBranch(linear(weights.down, swiglu(gateUp), pass), pass.dropout, 'mlp', index)
    return {
      stream: { x: second.sum, branch: mlp },
      saved: {
        ...{ x: first.sum, inputScale: first.r, input: first.y, headNorm, qkv, attended },
        ...{ middle: second.sum, middleScale: second.r, mlpInput: second.y, gateUp },
      },
    }
  })
}

/** Gradient of the stream after the layer -> before it. Adds the gradients of trainable weights to `gradients`. */
export function layerBackward(
  weights: LayerWeights,
  after: StreamGradient,
  saved: LayerSaved,
  pass: Pass,
  index: number,
  gradients: GradientSums,
  attendBackward: (dy: Operand, qkv: Operand, attended: Attended) => Operand,
): StreamGradient {
  return tidy(() => {
    const middle = mlpBackward(weights, after, saved, pass, index, gradients)
    const dbranch = dropBranch(middle.rounded, pass.dropout, 'attention', index)
    const dattended = linearBackward(weights.output, dbranch, saved.attended.y, pass.dropout, gradients)
    const drotated = attendBackward(dattended, saved.qkv, saved.attended)
    const dinput = projectBackward(weights, rotateHeads(drotated, pass.angles, pass.shape, -1), saved, pass, gradients)
    const before = rmsNormBackward(dinput, saved.x, saved.inputScale, weights.inputNorm.value, middle.dx)
    addTrainable(weights.inputNorm, before.dw, gradients)
    return { dx: before.dx, rounded: before.rounded }
  })
}

/** Recomputes the activation [N, F], which is as large as everything else that a layer saves. */
function mlpBackward(
  weights: LayerWeights,
  after: StreamGradient,
  saved: LayerSaved,
  pass: Pass,
  index: number,
  gradients: GradientSums,
): StreamGradient {
  return tidy(() => {
    const dbranch = dropBranch(after.rounded, pass.dropout, 'mlp', index)
    const adapted = weights.down.adapters.length > 0 ? swiglu(saved.gateUp) : null
    const dactivation = inputGradient(weights.down, dbranch, adapted, pass.dropout, gradients)
    const { dgateUp, activation } = swigluBackward(dactivation, saved.gateUp)
    weightGradient(weights.down, dbranch, activation, gradients)
    const dinput = linearBackward(weights.gateUp, dgateUp, saved.mlpInput, pass.dropout, gradients)
    const middle = rmsNormBackward(dinput, saved.middle, saved.middleScale, weights.postNorm.value, after.dx)
    addTrainable(weights.postNorm, middle.dw, gradients)
    return { dx: middle.dx, rounded: middle.rounded }
  })
}

/** Normalized input [N, C] -> queries, keys and values [N, (H + 2 KV) D], rotated, after the norm of each head's q and k if there is one. */
function project(weights: LayerWeights, input: Operand, pass: Pass): { qkv: Operand; headNorm: HeadNormSaved | null } {
  return tidy(() => {
    const projected = linear(weights.qkv, input, pass)
    const { qkv, saved } = normHeads(weights, projected, pass)
    return { qkv: rotateHeads(qkv, pass.angles, pass.shape, 1), headNorm: saved }
  })
}

function projectBackward(weights: LayerWeights, dqkv: Operand, saved: LayerSaved, pass: Pass, gradients: GradientSums): Operand {
  const dprojected = saved.headNorm ? normHeadsBackward(weights, dqkv, saved.headNorm, pass, gradients) : dqkv
  return linearBackward(weights.qkv, dprojected, saved.input, pass.dropout, gradients)
}

function dropBranch(branch: Operand, dropout: Dropout | null, name: string, index: number): Operand {
  if (!dropout || dropout.rate === 0) return branch
  return tidy(() => operand(applyDropout(widen(branch), dropout, name, index), branch.precision))
}

function addTrainable(parameter: LayerWeights['inputNorm'], gradient: Tensor, gradients: GradientSums): void {
  if (parameter.trainable) gradients.add(parameter.name, { tensor: gradient, precision: 'float32' })
}
