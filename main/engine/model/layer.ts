import type { Tensor } from '@tensorflow/tfjs-core'
import type { Activation } from '../../shared/architectures.ts'
import type { Precision } from '../../shared/train-config.ts'
import type { ReplayInput } from '../backends/functions/replay.ts'
import { type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import type { Attended } from '../kernels/attention.ts'
import { gatedActivation, gatedActivationBackward } from '../kernels/gated-activation.ts'
import type { HeadShape } from '../kernels/head-shape.ts'
import { addRmsNorm, rmsNormBackward } from '../kernels/rms-norm.ts'
import { type Angles, rotateHeads } from '../kernels/rope.ts'
import { applyDropout, type Dropout } from './dropout.ts'
import type { GradientSums } from './gradients.ts'
import { inputGradient, linear, linearBackward, type TimesWeights, weightGradient } from './linear.ts'
import type { Parameter } from './parameter.ts'
import { type HeadNormSaved, normHeads, normHeadsBackward } from './query-key-norm.ts'
import type { LayerWeights } from './weights.ts'

/** Shared by all layers of a pass. */
export interface Pass {
  readonly angles: Angles
  readonly shape: HeadShape
  readonly normEpsilon: number
  readonly queryScale: number
  readonly activation: Activation
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
  readonly attentionBranch: BranchSaved | null
  readonly middle: Tensor // [N, C], stream between the two branches
  readonly middleScale: Tensor // [N, 1]
  readonly mlpInput: Operand // [N, C], normalized
  readonly gateUp: Operand // [N, 2F]
  readonly mlpBranch: BranchSaved | null
}

/** Saved by the norm of what a branch returns. */
interface BranchSaved {
  readonly x: Tensor // [N, C]
  readonly r: Tensor // [N, 1]
}

/**
 * A pre-norm transformer block: `x' = x + Attention(norm(x))`, `y = x' + MLP(norm(x'))`, each branch with dropout, and in some
 * architectures with a norm of its own at its end.
 */
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
    const one = normBranch(weights.attentionNorm, linear(weights.output, attended.y, pass), pass)
    const attention = dropBranch(one.branch, pass.dropout, 'attention', index)
    const second = addRmsNorm(first.sum, attention, weights.postNorm.value, pass.normEpsilon, pass.precision)
    const gateUp = linear(weights.gateUp, second.y, pass) // [N, 2F]
    const two = normBranch(weights.mlpNorm, linear(weights.down, gatedActivation(gateUp, pass.activation), pass), pass)
    const mlp = dropBranch(two.branch, pass.dropout, 'mlp', index)
    return {
      stream: { x: second.sum, branch: mlp },
      saved: {
        ...{ x: first.sum, inputScale: first.r, input: first.y, headNorm, qkv, attended, attentionBranch: one.saved },
        ...{ middle: second.sum, middleScale: second.r, mlpInput: second.y, gateUp, mlpBranch: two.saved },
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
    const dropped = dropBranch(middle.rounded, pass.dropout, 'attention', index)
    const dbranch = normBranchBackward(weights.attentionNorm, dropped, saved.attentionBranch, gradients)
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
    const dropped = dropBranch(after.rounded, pass.dropout, 'mlp', index)
    const dbranch = normBranchBackward(weights.mlpNorm, dropped, saved.mlpBranch, gradients)
    const adapted = weights.down.adapters.length > 0 ? gatedActivation(saved.gateUp, pass.activation) : null
    const dactivation = inputGradient(weights.down, dbranch, adapted, pass.dropout, gradients)
    const { dgateUp, activation } = gatedActivationBackward(dactivation, saved.gateUp, pass.activation)
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

/** What a branch returns, normalized if the layer has a norm for it. */
function normBranch(norm: Parameter | null, branch: Operand, pass: Pass): { branch: Operand; saved: BranchSaved | null } {
  if (norm === null) return { branch, saved: null }
  return tidy(() => {
    const { sum, y, r } = addRmsNorm(widen(branch), null, norm.value, pass.normEpsilon, pass.precision)
    return { branch: y, saved: { x: sum, r } }
  })
}

function normBranchBackward(norm: Parameter | null, dbranch: Operand, saved: BranchSaved | null, gradients: GradientSums): Operand {
  if (norm === null || saved === null) return dbranch
  return tidy(() => {
    const { rounded, dw } = rmsNormBackward(dbranch, saved.x, saved.r, norm.value, null)
    addTrainable(norm, dw, gradients)
    return rounded
  })
}

function addTrainable(parameter: Parameter, gradient: Tensor, gradients: GradientSums): void {
  if (parameter.trainable) gradients.add(parameter.name, { tensor: gradient, precision: 'float32' })
}
