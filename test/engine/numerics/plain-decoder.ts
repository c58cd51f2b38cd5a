import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { widen } from '../../../main/engine/backends/operand.ts'
import type { ModelConfig } from '../../../main/engine/model/config.ts'
import type { Decoder } from '../../../main/engine/model/decoder.ts'
import type { Gradients } from '../../../main/engine/model/gradients.ts'
import type { WeightSource } from '../../../main/engine/model/load-model.ts'
import { parametersOf } from '../../../main/engine/model/weights.ts'
import '../../support/autodiff.ts'

/**
 * A decoder straight from its definition: one sequence at a time, nothing packed, nothing shared, no hand-written gradients. Reference for
 * the engine's outputs, and through tfjs's automatic differentiation for its gradients.
 */
export type Weights = ReadonlyMap<string, Tensor> // by Hugging Face's names

export const weightsOf = (source: WeightSource): Weights =>
  new Map(source.names.map((name) => [name, tf.tensor(source.read(name), [...source.shape(name)])]))

/** Final normalized hidden states of one sequence: ids [T] -> [T, C]. */
export function plainHidden(config: ModelConfig, weights: Weights, ids: readonly number[]): Tensor2D {
  const w = (name: string) => weights.get(name) as Tensor2D
  let x = tf.gather(w('model.embed_tokens.weight'), tf.tensor1d([...ids], 'int32'))
  for (let i = 0; i < config.layers; i++) {
    const own = (name: string) => w(`model.layers.${i}.${name}`)
    x = tf.add(x, attention(config, own, norm(config, x, own('input_layernorm.weight'))))
    x = tf.add(x, mlp(own, norm(config, x, own('post_attention_layernorm.weight'))))
  }
  return norm(config, x, w('model.norm.weight'))
}

/** Log-probabilities of tokens 1 .. T-1 of a sequence: ids [T] -> [T - 1]. */
export function plainLogprobs(config: ModelConfig, weights: Weights, ids: readonly number[]): Tensor {
  const hidden = plainHidden(config, weights, ids.slice(0, -1))
  const head = weights.get(config.tiedEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight') as Tensor2D
  const onehot = tf.oneHot(tf.tensor1d(ids.slice(1), 'int32'), config.vocabulary)
  return tf.sum(tf.mul(tf.logSoftmax(tf.matMul(hidden, head, false, true)), onehot), 1)
}

/** Gradients of a loss for all weights, by automatic differentiation. */
export function differentiate(weights: Weights, loss: (weights: Weights) => Scalar): Weights {
  const names = [...weights.keys()]
  const byName = (tensors: Tensor[]): Weights => new Map(names.map((name, i) => [name, tensors[i]]))
  return byName(tf.grads((...tensors: Tensor[]) => loss(byName(tensors)))([...weights.values()]))
}

/** The engine's gradients by Hugging Face's names, with stacked parameters split. */
export function partsOf(decoder: Decoder, gradients: Gradients): Weights {
  const parts = parametersOf(decoder.weights).flatMap(({ name, parts }) => {
    const gradient = gradients.get(name)
    if (!gradient) return []
    const pieces = tf.split(
      widen(gradient),
      parts.map(({ shape }) => shape[0]),
    )
    return parts.map((part, i): [string, Tensor] => [part.name, pieces[i]])
  })
  return new Map(parts)
}

function norm(config: ModelConfig, x: Tensor, weight: Tensor): Tensor2D {
  return tf.mul(tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), config.normEpsilon))), weight)
}

function mlp(own: (name: string) => Tensor2D, x: Tensor2D): Tensor2D {
  const gate = tf.matMul(x, own('mlp.gate_proj.weight'), false, true)
  const up = tf.matMul(x, own('mlp.up_proj.weight'), false, true)
  return tf.matMul(tf.mul(tf.mul(gate, tf.sigmoid(gate)), up) as Tensor2D, own('mlp.down_proj.weight'), false, true)
}

function attention(config: ModelConfig, own: (name: string) => Tensor2D, x: Tensor2D): Tensor2D {
  const { heads: H, keyValueHeads: KV, headDim: D } = config
  const project = (name: string): Tensor2D => {
    const y = tf.matMul(x, own(`self_attn.${name}.weight`), false, true)
    return (config.attentionBias ? tf.add(y, own(`self_attn.${name}.bias`)) : y) as Tensor2D
  }
  const headsOf = (name: string, count: number, weight: string | null): Tensor2D[] =>
    tf.split(project(name), count, 1).map((head): Tensor2D => {
      const normed = weight && config.queryKeyNorm ? norm(config, head, own(`self_attn.${weight}.weight`)) : (head as Tensor2D)
      return weight ? rotated(config, normed) : normed
    })
  const queries = headsOf('q_proj', H, 'q_norm')
  const keys = headsOf('k_proj', KV, 'k_norm')
  const values = headsOf('v_proj', KV, null)
  const mixed = queries.map((q, h) => {
    const group = Math.floor((h * KV) / H)
    const scores = tf.add(tf.div(tf.matMul(q, keys[group], false, true), Math.sqrt(D)), maskOf(x.shape[0], config.slidingWindow))
    return tf.matMul(tf.softmax(scores as Tensor2D), values[group])
  })
  return tf.matMul(tf.concat(mixed, 1), own('self_attn.o_proj.weight'), false, true)
}

/** [T, D] at positions 0 .. T-1: dimension i is rotated with i + D/2. */
function rotated({ headDim: D, ropeTheta }: ModelConfig, x: Tensor2D): Tensor2D {
  const angles = tf.outerProduct(tf.range(0, x.shape[0]), tf.tensor1d(Array.from({ length: D / 2 }, (_, i) => ropeTheta ** ((-2 * i) / D))))
  const [left, right] = tf.split(x, 2, 1)
  const [cos, sin] = [tf.cos(angles), tf.sin(angles)]
  return tf.concat([tf.sub(tf.mul(left, cos), tf.mul(right, sin)), tf.add(tf.mul(right, cos), tf.mul(left, sin))], 1) as Tensor2D
}

function maskOf(T: number, window: number | null): Tensor2D {
  const seen = (i: number, j: number) => j <= i && (window === null || j > i - window)
  return tf.tensor2d(Array.from({ length: T }, (_, i) => Array.from({ length: T }, (_, j) => (seen(i, j) ? 0 : -1e9))))
}
