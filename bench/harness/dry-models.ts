import { generators } from '../../main/common/random.ts'
import { type ModelConfig, parseConfig } from '../../main/engine/model/config.ts'
import { createDecoder, type Decoder } from '../../main/engine/model/decoder.ts'
import { expectedTensors } from '../../main/engine/model/expected-tensors.ts'
import { generatedWeights } from '../../main/engine/model/generated-weights.ts'
import type { WeightSource } from '../../main/engine/model/load-model.ts'
import { loadWeights, type WeightOptions } from '../../main/engine/model/weights.ts'
import type { Precision } from '../../main/shared/train-config.ts'

const llama = { model_type: 'llama', hidden_act: 'silu', rms_norm_eps: 1e-5, max_position_embeddings: 8192 }

/** Models by name, as in their `config.json`. */
export const dryModels = {
  'SmolLM2-135M': config({
    ...{ vocab_size: 49_152, hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 30, num_attention_heads: 9 },
    ...{ num_key_value_heads: 3, rope_theta: 100_000, tie_word_embeddings: true },
  }),
  'Llama-3-8B': config({
    ...{ vocab_size: 128_256, hidden_size: 4096, intermediate_size: 14_336, num_hidden_layers: 32, num_attention_heads: 32 },
    ...{ num_key_value_heads: 8, rope_theta: 500_000 },
  }),
} satisfies Record<string, ModelConfig>

export type DryModel = keyof typeof dryModels

function config(own: object): ModelConfig {
  return parseConfig({ ...llama, ...own }, 'config.json')
}

/** A decoder whose weights have shapes and no values. On the dry backend, that takes no memory. */
export function dryDecoder(model: ModelConfig, precision: Precision, train: WeightOptions['train']): Decoder {
  return createDecoder(model, loadWeights(model, hollow(model), { precision, train }), precision)
}

/** Weights that are never written, so the pages of the upload buffer are never taken from the system. */
const hollow = (model: ModelConfig): WeightSource => generatedWeights(expectedTensors(model), (_, room) => room!)

/** Tokens without a pattern, so that texts share no prefix by accident. */
export function dryTokens(count: number, seed: number): number[] {
  const { deriveSeed, uniform } = generators.philox
  const draw = deriveSeed(seed, 'tokens')
  return Array.from({ length: count }, (_, i) => 3 + Math.floor(uniform(draw, i) * 40_000))
}
