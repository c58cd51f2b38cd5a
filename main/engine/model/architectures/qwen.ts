import type { Architecture, OwnKeys, Unsupported } from './architecture.ts'

/** Qwen2 and 2.5 (Yang et al. 2024): biases on q, k and v. */
export const qwen2: Architecture = {
  id: 'qwen2',
  className: 'Qwen2ForCausalLM',
  attentionBias: true,
  queryKeyNorm: false,
  rejectOptions: () => undefined, // transformers ignores attention_bias here: the biases are always there
  slidingWindow,
  gguf: ggufForm('qwen2'),
}

/** Qwen3 (Yang et al. 2025): no biases, but a norm over each head's q and k. */
export const qwen3: Architecture = {
  id: 'qwen3',
  className: 'Qwen3ForCausalLM',
  attentionBias: false,
  queryKeyNorm: true,
  rejectOptions({ attention_bias }, unsupported) {
    if (attention_bias) throw unsupported('attention_bias on every projection')
  },
  slidingWindow,
  gguf: ggufForm('qwen3'),
}

/** Qwen uses a window only with `use_sliding_window`, and only in some layers. */
function slidingWindow(c: OwnKeys, unsupported: Unsupported): number | null {
  if (!c.use_sliding_window || !c.sliding_window) return null
  const firstSliding = c.max_window_layers ?? 28 // transformers' default
  const slides =
    c.layer_types?.map((type) => type === 'sliding_attention') ?? Array.from({ length: c.num_hidden_layers }, (_, i) => i >= firstSliding)
  if (slides.every((slide) => !slide)) return null
  if (slides.every((slide) => slide)) return c.sliding_window
  throw unsupported('a sliding window in only some layers')
}

function ggufForm(name: string): Architecture['gguf'] {
  return { name, windowed: false, interleaved: false, configKeys: () => ({ attention_bias: false, use_sliding_window: false }) }
}
