import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../main/engine/model/config.ts'

/** Real models' config.json, without keys that don't affect the computation. */
const llama2 = {
  model_type: 'llama',
  vocab_size: 32000,
  hidden_size: 4096,
  intermediate_size: 11008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 32,
  hidden_act: 'silu',
  max_position_embeddings: 4096,
  rms_norm_eps: 1e-5,
  rope_scaling: null,
  tie_word_embeddings: false,
  bos_token_id: 1,
  eos_token_id: 2,
  pretraining_tp: 1,
  torch_dtype: 'float16',
}
const llama31 = {
  model_type: 'llama',
  vocab_size: 128256,
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  hidden_act: 'silu',
  max_position_embeddings: 131072,
  rms_norm_eps: 1e-5,
  rope_theta: 500000,
  attention_bias: false,
  mlp_bias: false,
  rope_scaling: { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192, rope_type: 'llama3' },
  tie_word_embeddings: false,
  bos_token_id: 128000,
  eos_token_id: [128001, 128008, 128009],
}
const mistral = {
  model_type: 'mistral',
  vocab_size: 32000,
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  hidden_act: 'silu',
  max_position_embeddings: 32768,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  sliding_window: 4096,
  tie_word_embeddings: false,
  bos_token_id: 1,
  eos_token_id: 2,
}
const qwen2 = {
  model_type: 'qwen2',
  vocab_size: 151936,
  hidden_size: 896,
  intermediate_size: 4864,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  hidden_act: 'silu',
  max_position_embeddings: 32768,
  max_window_layers: 21,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  sliding_window: 32768,
  use_sliding_window: false,
  tie_word_embeddings: true,
  bos_token_id: 151643,
  eos_token_id: 151645,
}
const qwen3 = {
  ...qwen2,
  model_type: 'qwen3',
  hidden_size: 1024,
  num_attention_heads: 16,
  num_key_value_heads: 8,
  head_dim: 128,
  attention_bias: false,
  num_hidden_layers: 28,
  max_window_layers: 28,
  sliding_window: null,
  rope_scaling: null,
}

describe('the configuration of', () => {
  test('Llama 2', () => {
    expect(parseConfig(llama2, 'x')).toMatchObject({
      architecture: 'llama',
      headDim: 128,
      keyValueHeads: 32,
      ropeTheta: 10000,
      ropeScaling: { type: 'default' },
      slidingWindow: null,
    })
  })

  test('Llama 3.1', () => {
    expect(parseConfig(llama31, 'x')).toMatchObject({
      keyValueHeads: 8,
      ropeTheta: 500000,
      ropeScaling: { type: 'llama3', factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 8192 },
      eosTokens: [128001, 128008, 128009],
    })
  })

  test('Mistral, with and without its window', () => {
    expect(parseConfig(mistral, 'x').slidingWindow).toBe(4096)
    expect(parseConfig({ ...mistral, sliding_window: null }, 'x').slidingWindow).toBeNull()
    const { sliding_window: _, ...absent } = mistral
    expect(parseConfig(absent, 'x').slidingWindow).toBe(4096)
  })

  test('Qwen 2.5', () => {
    expect(parseConfig(qwen2, 'x')).toMatchObject({
      attentionBias: true,
      queryKeyNorm: false,
      headDim: 64,
      slidingWindow: null,
      tiedEmbeddings: true,
    })
  })

  test('Qwen 3', () => {
    expect(parseConfig(qwen3, 'x')).toMatchObject({ attentionBias: false, queryKeyNorm: true, headDim: 128, slidingWindow: null })
  })

  test('a model saved by transformers 5, which stores RoPE in rope_parameters', () => {
    const { rope_theta: _, rope_scaling, ...rest } = llama31
    const five = { ...rest, rope_parameters: { ...rope_scaling, rope_theta: 500000 } }
    expect(parseConfig(five, 'x')).toEqual(parseConfig(llama31, 'x'))
  })
})

test("Qwen's window applies only to the layers that use it, and must be used in all or none", () => {
  const used = { ...qwen2, use_sliding_window: true, sliding_window: 4096 }
  expect(parseConfig({ ...used, max_window_layers: 24 }, 'x').slidingWindow).toBeNull()
  expect(parseConfig({ ...used, max_window_layers: 0 }, 'x').slidingWindow).toBe(4096)
  expect(() => parseConfig(used, 'x')).toThrow(/only some layers/)
  expect(parseConfig({ ...used, layer_types: new Array(24).fill('sliding_attention') }, 'x').slidingWindow).toBe(4096)
})

test('options that an architecture ignores are ignored', () => {
  expect(parseConfig({ ...qwen2, attention_bias: true }, 'x').attentionBias).toBe(true)
  expect(parseConfig({ ...mistral, attention_bias: true }, 'x').attentionBias).toBe(false)
})

test.each<[string, object, RegExp]>([
  ['another architecture', { model_type: 'gpt2', n_embd: 768 }, /model_type "gpt2"/],
  ['another activation', { ...llama2, hidden_act: 'gelu' }, /hidden_act "gelu"/],
  ['biases everywhere', { ...llama2, attention_bias: true }, /attention_bias/],
  ['biases in the MLP', { ...llama2, mlp_bias: true }, /mlp_bias/],
  ['dynamic rope', { ...llama2, rope_scaling: { type: 'dynamic', factor: 2 } }, /rope_type "dynamic"/],
  ['YaRN', { ...qwen2, rope_scaling: { type: 'yarn', factor: 4 } }, /rope_type "yarn"/],
  ['partial rotation', { ...llama2, rope_parameters: { rope_type: 'default', partial_rotary_factor: 0.5 } }, /partial_rotary_factor 0\.5/],
  ['quantized weights', { ...llama2, quantization_config: { quant_method: 'gptq' } }, /quantization_config/],
])('%s is unsupported', (_, json, message) => {
  expect(() => parseConfig(json, 'm/config.json')).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringMatching(message) }),
  )
  expect(() => parseConfig(json, 'm/config.json')).toThrow('m/config.json: ')
})

test('a padding token of -1 means none, as old Llama models write it', () => {
  expect(parseConfig({ ...llama2, pad_token_id: -1 }, 'x').padToken).toBeNull()
})

test.each<[string, unknown, RegExp]>([
  ['no object', [], /m\/config\.json/],
  ['no model_type', { ...llama2, model_type: undefined }, /model_type/],
  ['no hidden size', { ...llama2, hidden_size: undefined }, /hidden_size/],
  ['a fractional size', { ...llama2, num_hidden_layers: 1.5 }, /num_hidden_layers/],
  ['heads that do not divide the hidden size', { ...llama2, num_attention_heads: 48, num_key_value_heads: 48 }, /don't fit together/],
  ['an epsilon that no number can hold', { ...llama2, rms_norm_eps: 1e308 }, /rms_norm_eps/],
  ['a rope factor of 0', { ...llama2, rope_scaling: { rope_type: 'linear', factor: 0 } }, /factor/],
  ['a rope theta of 0', { ...llama2, rope_theta: 0 }, /rope_theta/],
  ['a negative end token', { ...llama2, eos_token_id: -1 }, /eos_token_id/],
  ['a negative end token among others', { ...llama2, eos_token_id: [2, -1] }, /eos_token_id/],
  ['a start token beyond every vocabulary', { ...llama2, bos_token_id: 1e12 }, /bos_token_id/],
  ['a vocabulary beyond every memory', { ...llama2, vocab_size: 1e12 }, /vocab_size/],
  ['a context beyond every memory', { ...llama2, max_position_embeddings: 1e15 }, /max_position_embeddings/],
  ['heads that cannot share keys', { ...llama2, num_key_value_heads: 5 }, /don't fit together/],
])('a configuration with %s is bad input', (_, json, message) => {
  expect(() => parseConfig(json, 'm/config.json')).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringMatching(message) }),
  )
})
