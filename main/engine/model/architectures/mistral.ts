import type { Architecture } from './architecture.ts'

const defaultWindow = 4096 // transformers' default if config.json has no sliding_window

/** Mistral (Jiang et al. 2023): Llama's layers, with a sliding window unless it is null. */
export const mistral: Architecture = {
  id: 'mistral',
  className: 'MistralForCausalLM',
  attentionBias: false,
  queryKeyNorm: false,
  rejectOptions: () => undefined, // transformers ignores attention_bias and mlp_bias here
  slidingWindow: ({ sliding_window }) => (sliding_window === undefined ? defaultWindow : sliding_window),
  gguf: {
    name: 'llama',
    windowed: true,
    interleaved: true,
    configKeys: (window) => ({ sliding_window: window }),
    ownKeys: ({ slidingWindow }): Record<string, number> => (slidingWindow === null ? {} : { 'attention.sliding_window': slidingWindow }),
  },
}
