import * as tf from '@tensorflow/tfjs-core'
import { generators } from '../../../main/common/random.ts'
import { type ModelConfig, parseConfig } from '../../../main/engine/model/config.ts'
import { createDecoder, type Decoder } from '../../../main/engine/model/decoder.ts'
import { expectedTensors } from '../../../main/engine/model/expected-tensors.ts'
import type { WeightSource } from '../../../main/engine/model/load-model.ts'
import { loadWeights, type WeightOptions } from '../../../main/engine/model/weights.ts'

const { deriveSeed, uniform } = generators.murmur

export const tinyConfigJson = {
  model_type: 'llama',
  vocab_size: 29,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
}

/** A small random decoder with the requested features. */
export function tinyConfig(overrides: Record<string, unknown> = {}): ModelConfig {
  return parseConfig({ ...tinyConfigJson, ...overrides }, 'tiny')
}

export function tinyDecoder(config: ModelConfig = tinyConfig(), train: WeightOptions['train'] = 'full', seed = 1): Decoder {
  return createDecoder(config, loadWeights(config, randomWeights(config, seed), { precision: 'float32', train }), 'float32')
}

/** Weights drawn by name: norms around 1, everything else around 0. */
export function randomWeights(config: ModelConfig, seed: number): WeightSource {
  const shapes = expectedTensors(config)
  return {
    names: [...shapes.keys()],
    has: (name) => shapes.has(name),
    shape: (name) => shapes.get(name) ?? [],
    read: (name) => randomValues(shapes.get(name) ?? [], deriveSeed(seed, name), name.includes('norm') ? 1 : 0, 0.6),
    close() {},
  }
}

export function randomValues(shape: readonly number[], seed: number, center = 0, spread = 1): Float32Array {
  const size = shape.reduce((product, n) => product * n, 1)
  return Float32Array.from({ length: size }, (_, i) => center + spread * (2 * uniform(seed, i) - 1))
}

export const randomTensor = (shape: number[], seed: number, center = 0, spread = 1): tf.Tensor =>
  tf.tensor(randomValues(shape, seed, center, spread), shape)

/** Largest absolute difference. */
export function distance(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0])
}
