import { generators } from '../../main/common/random.ts'
import { parseConfig } from '../../main/engine/model/config.ts'
import { expectedTensors } from '../../main/engine/model/expected-tensors.ts'
import type { ModelToSave } from '../../main/engine/model/formats/safetensors/save-model.ts'

const { uniform } = generators.murmur

/** A Llama with 1,400 weights. */
export const tinyConfig = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 20,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  max_position_embeddings: 32,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  tie_word_embeddings: true,
  bos_token_id: 1,
  eos_token_id: 2,
  pad_token_id: 0,
}

/** Random weights for a configuration, exactly representable in 16 bits. */
export function randomTensors(configJson: unknown, seed = 1): { name: string; shape: readonly number[]; data: Float32Array }[] {
  return [...expectedTensors(parseConfig(configJson, 'test'))].map(([name, shape], place) => {
    const size = shape.reduce((product, n) => product * n, 1)
    const data = Float32Array.from({ length: size }, (_, i) => Math.round(uniform(seed, place * 10_000 + i) * 256 - 128) / 128)
    return { name, shape, data }
  })
}

export const tinyModel = (changes: Partial<ModelToSave> = {}): ModelToSave => ({
  configJson: tinyConfig,
  tokenizerFiles: new Map(),
  tensors: randomTensors(changes.configJson ?? tinyConfig),
  dtype: 'F32',
  ...changes,
})
