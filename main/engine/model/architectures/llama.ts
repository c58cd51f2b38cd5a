import type { Architecture } from './architecture.ts'

/** Llama 2 and 3 (Touvron et al. 2023), and models with the same layers, such as SmolLM2. */
export const llama: Architecture = {
  id: 'llama',
  className: 'LlamaForCausalLM',
  attentionBias: false,
  queryKeyNorm: false,
  rejectOptions({ mlp_bias, attention_bias }, unsupported) {
    if (mlp_bias) throw unsupported('mlp_bias')
    if (attention_bias) throw unsupported('attention_bias on every projection')
  },
  slidingWindow: () => null,
  gguf: {
    name: 'llama',
    windowed: false,
    interleaved: true,
    configKeys: () => ({ attention_bias: false, mlp_bias: false }),
  },
}
