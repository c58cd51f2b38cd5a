import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import type { Precision } from '../../train-config.ts'
import { type Operand, operand } from '../backend/operand.ts'
import { tidy } from '../backend/tidy.ts'
import { type AttentionSaved, attention, attentionBackward, type HeadShape } from './attention.ts'
import { applyDropout, type Dropout } from './dropout.ts'
import type { Gradients } from './gradients.ts'
import type { Layout } from './layout.ts'
import { linear, linearBackward } from './linear.ts'
import { type NormSaved, rmsNorm, rmsNormBackward } from './rms-norm.ts'
import { type Rotation, rotate, rotateBackward } from './rope.ts'
import { swiglu, swigluBackward } from './swiglu.ts'
import type { LayerWeights } from './weights.ts'

/** What every layer of one pass shares. */
export interface Pass {
  readonly layout: Layout
  readonly rotation: Rotation
  readonly shape: HeadShape
  readonly normEpsilon: number
  readonly precision: Precision
  readonly dropout: Dropout | null
}

/** Queries, keys and values of a layer, rotated: q [N, H, D], k and v [N, KV, D]. */
export interface Projected {
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
}

interface ProjectedSaved {
  readonly input: Operand // [N, C], normed
  readonly queryNorm: NormSaved | null
  readonly keyNorm: NormSaved | null
}

/** What a layer keeps for the way back. */
export interface LayerSaved {
  readonly inputNorm: NormSaved
  readonly projected: ProjectedSaved
  readonly attention: AttentionSaved
  readonly attended: Operand // [N, H D]
  readonly postNorm: NormSaved
  readonly mlpInput: Operand // [N, C]
  readonly gateUp: Tensor // [N, 2F]
}

/**
 * A pre-norm transformer block: `x' = x + Attention(norm(x))`, `y = x' + MLP(norm(x'))`, each branch with dropout.
 * x [N, C] -> y [N, C].
 */
export function layerForward(weights: LayerWeights, x: Tensor, pass: Pass, index: number): { y: Tensor; saved: LayerSaved } {
  return tidy(() => {
    const inputNorm = rmsNorm(x, weights.inputNorm.value, pass.normEpsilon)
    const { heads, saved: projected } = project(weights, operand(inputNorm.y, pass.precision), pass)
    const attended = attention(heads.q, heads.k, heads.v, pass.layout, pass.shape, pass.precision)
    const joined = operand(attended.y, pass.precision)
    const branch = linear(weights.output, joined, pass.dropout)
    const middle = x.add(applyDropout(branch, pass.dropout, 'attention', index))
    const mlp = mlpForward(weights, middle, pass)
    return {
      y: middle.add(applyDropout(mlp.y, pass.dropout, 'mlp', index)),
      saved: { inputNorm: inputNorm.saved, projected, attention: attended.saved, attended: joined, ...mlp.saved },
    }
  })
}

/** dy [N, C] -> dx [N, C]; gradients of trainable weights are added to `gradients`. */
export function layerBackward(
  weights: LayerWeights,
  dy: Tensor,
  saved: LayerSaved,
  pass: Pass,
  index: number,
  gradients: Gradients,
): Tensor {
  return tidy(() => {
    const dmlp = mlpBackward(weights, applyDropout(dy, pass.dropout, 'mlp', index), saved, pass, gradients)
    const dmiddle = dy.add(dmlp)
    const dbranch = applyDropout(dmiddle, pass.dropout, 'attention', index)
    const dattended = linearBackward(weights.output, dbranch, saved.attended, pass.dropout, gradients)
    const { dq, dk, dv } = attentionBackward(dattended, saved.attention, pass.layout, pass.shape)
    const dinput = projectBackward(weights, { q: dq, k: dk, v: dv }, saved.projected, pass, gradients)
    const norm = rmsNormBackward(dinput, weights.inputNorm.value, saved.inputNorm)
    addTrainable(weights.inputNorm, norm.dw, gradients)
    return dmiddle.add(norm.dx)
  })
}

/** Normed input -> rotated heads (Qwen3 norms each head's q and k before the rotation). */
export function project(weights: LayerWeights, input: Operand, pass: Pick<Pass, 'shape' | 'rotation' | 'normEpsilon' | 'dropout'>) {
  return tidy((): { heads: Projected; saved: ProjectedSaved } => {
    const { heads: H, keyValueHeads: KV, headDim: D } = pass.shape
    const [q, k, v] = tf.split(linear(weights.qkv, input, pass.dropout), [H * D, KV * D, KV * D], 1)
    const queries = normHeads(q.reshape([-1, H, D]), weights.queryNorm?.value, pass.normEpsilon)
    const keys = normHeads(k.reshape([-1, KV, D]), weights.keyNorm?.value, pass.normEpsilon)
    return {
      heads: { q: rotate(queries.y, pass.rotation), k: rotate(keys.y, pass.rotation), v: v.reshape([-1, KV, D]) },
      saved: { input, queryNorm: queries.saved, keyNorm: keys.saved },
    }
  })
}

function normHeads(x: Tensor, weight: Tensor | undefined, epsilon: number): { y: Tensor; saved: NormSaved | null } {
  return weight ? rmsNorm(x, weight, epsilon) : { y: x, saved: null }
}

function projectBackward(weights: LayerWeights, d: Projected, saved: ProjectedSaved, pass: Pass, gradients: Gradients): Tensor {
  let dq = rotateBackward(d.q, pass.rotation) // [N, H, D]
  let dk = rotateBackward(d.k, pass.rotation)
  if (weights.queryNorm && weights.keyNorm && saved.queryNorm && saved.keyNorm) {
    const queries = rmsNormBackward(dq, weights.queryNorm.value, saved.queryNorm)
    const keys = rmsNormBackward(dk, weights.keyNorm.value, saved.keyNorm)
    addTrainable(weights.queryNorm, queries.dw, gradients)
    addTrainable(weights.keyNorm, keys.dw, gradients)
    dq = queries.dx
    dk = keys.dx
  }
  const N = pass.layout.ids.length
  const dqkv = tf.concat([dq.reshape([N, -1]), dk.reshape([N, -1]), d.v.reshape([N, -1])], 1) // [N, (H + 2 KV) D]
  return linearBackward(weights.qkv, dqkv, saved.input, pass.dropout, gradients)
}

type MlpSaved = Pick<LayerSaved, 'postNorm' | 'mlpInput' | 'gateUp'>

/** The feed-forward branch: x [N, C] -> [N, C]. */
export function mlpForward(
  weights: LayerWeights,
  x: Tensor,
  pass: Pick<Pass, 'normEpsilon' | 'precision' | 'dropout'>,
): { y: Tensor; saved: MlpSaved } {
  const norm = rmsNorm(x, weights.postNorm.value, pass.normEpsilon)
  const mlpInput = operand(norm.y, pass.precision)
  const gateUp = linear(weights.gateUp, mlpInput, pass.dropout) // [N, 2F]
  const y = linear(weights.down, operand(swiglu(gateUp), pass.precision), pass.dropout)
  return { y, saved: { postNorm: norm.saved, mlpInput, gateUp } }
}

/** The activation [N, F] is recomputed: it is cheap and as large as everything else a layer keeps. */
function mlpBackward(weights: LayerWeights, dy: Tensor, saved: MlpSaved, pass: Pass, gradients: Gradients): Tensor {
  const activation = operand(swiglu(saved.gateUp), pass.precision)
  const dactivation = linearBackward(weights.down, dy, activation, pass.dropout, gradients)
  const dgateUp = swigluBackward(dactivation, saved.gateUp)
  const dinput = linearBackward(weights.gateUp, dgateUp, saved.mlpInput, pass.dropout, gradients)
  const norm = rmsNormBackward(dinput, weights.postNorm.value, saved.postNorm)
  addTrainable(weights.postNorm, norm.dw, gradients)
  return norm.dx
}

function addTrainable(parameter: LayerWeights['inputNorm'], gradient: Tensor, gradients: Gradients): void {
  if (parameter.trainable) gradients.add(parameter.name, gradient)
}
