import { useSupportedModel } from '../../../../shared/architectures.ts'
import { LaurelError } from '../../../../shared/errors.ts'
import { ggufArchitecture, isGgufArchitecture } from '../../architectures/families.ts'
import type { GgufFile } from './gguf-file.ts'
import { ggufError } from './gguf-metadata.ts'
import { ropeFromDivisors } from './gguf-rope.ts'
import { readGgufTensor } from './gguf-weights.ts'

/**
 * Hugging Face `config.json` of a GGUF file's model. GGUF files of Mistral models have the architecture `llama` and differ by their sliding
 * window. Throws UNSUPPORTED for architectures and options that Laurel lacks.
 */
export function ggufConfig(gguf: GgufFile): Record<string, unknown> {
  const { metadata } = gguf
  const { path } = metadata
  const named = metadata.string('general.architecture')
  const unsupported = (what: string) => new LaurelError('UNSUPPORTED', `${path}: ${what} is not supported`, useSupportedModel)
  if (!isGgufArchitecture(named)) throw unsupported(`architecture ${JSON.stringify(named)}`)
  const key = (name: string) => `${named}.${name}`
  if ((metadata.optionalNumber(key('expert_count')) ?? 0) > 0) throw unsupported('a mixture of experts')

  const heads = metadata.number(key('attention.head_count'))
  const hidden = metadata.number(key('embedding_length'))
  const headDim = metadata.optionalNumber(key('attention.key_length')) ?? hidden / heads
  if ((metadata.optionalNumber(key('attention.value_length')) ?? headDim) !== headDim)
    throw unsupported('a value length different from the key length')
  if ((metadata.optionalNumber(key('rope.dimension_count')) ?? headDim) !== headDim)
    throw unsupported('rotation of only a part of each head')
  const vocabulary = gguf.tensors.get('token_embd.weight')?.shape[0]
  if (vocabulary === undefined) throw ggufError(path, 'tensor token_embd.weight is missing')
  const window = metadata.optionalNumber(key('attention.sliding_window')) ?? 0
  const architecture = ggufArchitecture(named, window)
  if (!architecture) throw unsupported(`a sliding window in ${named}`)

  const theta = metadata.optionalNumber(key('rope.freq_base')) ?? 10000
  return {
    architectures: [architecture.className],
    model_type: architecture.id,
    vocab_size: vocabulary,
    hidden_size: hidden,
    intermediate_size: metadata.number(key('feed_forward_length')),
    num_hidden_layers: metadata.number(key('block_count')),
    num_attention_heads: heads,
    num_key_value_heads: metadata.optionalNumber(key('attention.head_count_kv')) ?? heads,
    head_dim: headDim,
    hidden_act: 'silu',
    max_position_embeddings: metadata.number(key('context_length')),
    rms_norm_eps: shortest(metadata.number(key('attention.layer_norm_rms_epsilon'))),
    rope_theta: theta,
    rope_scaling: ropeScaling(gguf, key, theta, headDim, unsupported),
    ...architecture.gguf.configKeys(window, {
      number: (name) => metadata.optionalNumber(key(name)),
      ...{ layers: metadata.number(key('block_count')), hidden, heads, headDim },
    }),
    tie_word_embeddings: !gguf.tensors.has('output.weight'),
    bos_token_id: metadata.optionalNumber('tokenizer.ggml.bos_token_id') ?? null,
    eos_token_id: metadata.optionalNumber('tokenizer.ggml.eos_token_id') ?? null,
    pad_token_id: metadata.optionalNumber('tokenizer.ggml.padding_token_id') ?? null,
  }
}

function ropeScaling(
  gguf: GgufFile,
  key: (name: string) => string,
  theta: number,
  headDim: number,
  unsupported: (what: string) => LaurelError,
): object | null {
  const { metadata } = gguf
  const divisors = gguf.tensors.get('rope_freqs.weight')
  if (divisors) return ropeFromDivisors(readGgufTensor(gguf.file, divisors), theta, headDim, metadata.path)
  const type = metadata.optionalString(key('rope.scaling.type')) ?? 'none'
  const factor = metadata.optionalNumber(key('rope.scaling.factor')) ?? metadata.optionalNumber(key('rope.scale_linear')) ?? 1
  if (type !== 'none' && type !== 'linear') throw unsupported(`rope scaling ${JSON.stringify(type)}`)
  return factor > 1 ? { rope_type: 'linear', factor } : null
}

/** The shortest decimal number with this float32 value: 0.000009999999747 becomes 0.00001. */
function shortest(value: number): number {
  const single = Math.fround(value)
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(single.toPrecision(digits))
    if (Math.fround(short) === single) return short
  }
  return value
}
