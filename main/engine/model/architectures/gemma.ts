import { z } from 'zod'
import type { Architecture, LocalLayers } from './architecture.ts'

const length = z
  .int()
  .positive()
  .max(2 ** 31)
const positive = z.number().positive().max(1e15)
const ropeOf = z.looseObject({ rope_theta: positive.optional() })

/** Keys that Gemma alone has; the defaults are transformers'. */
const ownKeys = z.looseObject({
  ...{ hidden_size: z.int().positive(), num_hidden_layers: z.int().positive().max(1000), head_dim: z.int().positive() },
  query_pre_attn_scalar: positive.default(256),
  sliding_window: length.nullish().transform((window) => window ?? 4096),
  layer_types: z.array(z.string()).nullish(),
  sliding_window_pattern: length.default(6),
  _sliding_window_pattern: length.optional(), // the same, as transformers 5 writes it
  rope_local_base_freq: positive.default(10_000),
  rope_parameters: z.looseObject({ full_attention: ropeOf.optional(), sliding_attention: ropeOf.optional() }).nullish(),
  attn_logit_softcapping: z.number().nullish(),
  final_logit_softcapping: z.number().nullish(),
  use_bidirectional_attention: z.boolean().nullish(),
})

/** llama.cpp's, which its files don't say. */
const ggufPattern = 6
const ggufLocalTheta = 10_000
/** The number of layers by which llama.cpp recognizes the 27B model, the only one with another scale of queries. */
const largestLayers = 62

/** Every so many layers, one sees everything, and the others a window. */
const isLocalAt = (layers: number, pattern: number): boolean[] => Array.from({ length: layers }, (_, i) => (i + 1) % pattern !== 0)

/**
 * Gemma 3's text models (Gemma Team 2025, arXiv 2503.19786): norms before and after each branch, which multiply by 1 + w; a norm over each
 * head's q and k; layers that see a window between layers that see everything; GeGLU; and a scaled embedding.
 */
export const gemma3: Architecture = {
  id: 'gemma3_text',
  className: 'Gemma3ForCausalLM',
  attentionBias: false,
  queryKeyNorm: true,
  rejectOptions({ attention_bias }, unsupported) {
    if (attention_bias) throw unsupported('attention_bias on every projection')
  },
  slidingWindow: () => null, // some layers have one: `localLayers`
  commonKeys(json) {
    const { rope_parameters } = ownKeys.pick({ rope_parameters: true }).parse(json)
    return {
      ...{ tie_word_embeddings: true, head_dim: 256, max_position_embeddings: 131_072 },
      ...{ bos_token_id: 2, eos_token_id: 1, pad_token_id: 0 },
      ...json,
      rope_theta: json.rope_theta ?? 1_000_000,
      hidden_act: json.hidden_activation ?? 'gelu_pytorch_tanh',
      rope_parameters: rope_parameters?.full_attention ?? rope_parameters,
      rope_local_base_freq: rope_parameters?.sliding_attention?.rope_theta ?? json.rope_local_base_freq,
    }
  },
  decoder(json, unsupported) {
    const c = ownKeys.parse(json)
    if (c.attn_logit_softcapping) throw unsupported('attn_logit_softcapping')
    if (c.final_logit_softcapping) throw unsupported('final_logit_softcapping')
    if (c.use_bidirectional_attention) throw unsupported('use_bidirectional_attention')
    return {
      activation: 'gelu_pytorch_tanh',
      branchNorms: true,
      normOffset: 1,
      embeddingScale: Math.sqrt(c.hidden_size),
      queryScale: Math.sqrt(c.head_dim / c.query_pre_attn_scalar),
      localLayers: localLayers(c),
    }
  },
  gguf: {
    name: 'gemma3',
    windowed: true,
    interleaved: false,
    layerNames: {
      post_attention_norm: 'post_attention_layernorm',
      ffn_norm: 'pre_feedforward_layernorm',
      post_ffw_norm: 'post_feedforward_layernorm',
    },
    configKeys: (window, { number, layers, hidden, heads, headDim }) => ({
      hidden_activation: 'gelu_pytorch_tanh',
      query_pre_attn_scalar: layers === largestLayers ? hidden / heads : headDim,
      sliding_window: window,
      sliding_window_pattern: ggufPattern,
      rope_local_base_freq: number('rope.freq_base_swa') ?? ggufLocalTheta,
      attn_logit_softcapping: null,
      final_logit_softcapping: number('final_logit_softcapping') ?? null,
    }),
    ownKeys({ localLayers, layers, hidden, heads, headDim, queryScale }, unsupported) {
      if (localLayers === null) throw unsupported('a model whose layers all see everything')
      const { isLocal, window, ropeTheta } = localLayers
      if (isLocal.join() !== isLocalAt(layers, ggufPattern).join())
        throw unsupported('another pattern of layers than five local ones and a global one')
      if (ropeTheta !== ggufLocalTheta) throw unsupported(`a rope_local_base_freq other than ${ggufLocalTheta}`)
      const scale = Math.sqrt(headDim / (layers === largestLayers ? hidden / heads : headDim))
      if (Math.abs(queryScale - scale) > 1e-6) throw unsupported('this query_pre_attn_scalar')
      return { 'attention.sliding_window': window }
    },
  },
}

function localLayers(c: z.output<typeof ownKeys>): LocalLayers | null {
  const types = c.layer_types?.map((type) => type === 'sliding_attention')
  const isLocal = types ?? isLocalAt(c.num_hidden_layers, c._sliding_window_pattern ?? c.sliding_window_pattern)
  if (!isLocal.includes(true)) return null
  return { isLocal, window: c.sliding_window, ropeTheta: c.rope_local_base_freq }
}
