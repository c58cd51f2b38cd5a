import { randomTensors, tinyConfig } from './tiny-model.ts'
import { floatTensor, type GgufTensorToWrite, type GgufValue } from './write-gguf.ts'

/** The tiny Llama's metadata, as written by llama.cpp's converter. */
export const tinyGgufMetadata = (architecture = 'llama'): Record<string, GgufValue> => ({
  'general.architecture': architecture,
  [`${architecture}.block_count`]: tinyConfig.num_hidden_layers,
  [`${architecture}.context_length`]: tinyConfig.max_position_embeddings,
  [`${architecture}.embedding_length`]: tinyConfig.hidden_size,
  [`${architecture}.feed_forward_length`]: tinyConfig.intermediate_size,
  [`${architecture}.attention.head_count`]: tinyConfig.num_attention_heads,
  [`${architecture}.attention.head_count_kv`]: tinyConfig.num_key_value_heads,
  [`${architecture}.attention.layer_norm_rms_epsilon`]: 1e-5,
  [`${architecture}.rope.freq_base`]: 10000,
})

/** GGUF's names for Hugging Face's. */
export function ggufName(name: string): string {
  return name
    .replace('model.embed_tokens', 'token_embd')
    .replace('model.norm', 'output_norm')
    .replace('lm_head', 'output')
    .replace('model.layers.', 'blk.')
    .replace('input_layernorm', 'attn_norm')
    .replace('post_attention_layernorm', 'ffn_norm')
    .replace(/self_attn\.([qk])_norm/, 'attn_$1_norm')
    .replace(/self_attn\.([qkv])_proj/, 'attn_$1')
    .replace('self_attn.o_proj', 'attn_output')
    .replace(/mlp\.(\w+)_proj/, 'ffn_$1')
}

/** The tiny Llama's tensors as written by the converter: rows of q and k are interleaved within each head. */
export function tinyGgufTensors(configJson: object = tinyConfig, { interleave = true } = {}): GgufTensorToWrite[] {
  return randomTensors(configJson).map(({ name, shape, data }) => {
    const values = interleave && /[qk]_proj/.test(name) ? interleaved(data, shape[1], tinyHeadDim) : data
    return floatTensor(ggufName(name), shape.toReversed(), values)
  })
}

const tinyHeadDim = tinyConfig.hidden_size / tinyConfig.num_attention_heads

/** `w.reshape(heads, 2, D/2, width).swapaxes(1, 2)`, as in llama.cpp's convert_hf_to_gguf. */
function interleaved(values: Float32Array, width: number, headDim: number): Float32Array {
  const out: number[] = []
  for (let head = 0; head < values.length / width / headDim; head++) {
    for (let j = 0; j < headDim / 2; j++) {
      for (let half = 0; half < 2; half++) {
        const row = head * headDim + half * (headDim / 2) + j
        out.push(...values.subarray(row * width, (row + 1) * width))
      }
    }
  }
  return Float32Array.from(out)
}
