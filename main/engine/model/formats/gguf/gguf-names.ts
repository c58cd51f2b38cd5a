import type { Architecture } from '../../architectures/architecture.ts'

/** GGUF's names of tensors -> Hugging Face's. */
const outside: Readonly<Record<string, string>> = {
  'token_embd.weight': 'model.embed_tokens.weight',
  'output_norm.weight': 'model.norm.weight',
  'output.weight': 'lm_head.weight',
}

const inLayer: Readonly<Record<string, string>> = {
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
  attn_output: 'self_attn.o_proj',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
}

const namesIn = ({ gguf }: Architecture): Readonly<Record<string, string>> => ({ ...inLayer, ...gguf.layerNames })

/** Hugging Face's name of a tensor in a GGUF file; undefined if the architecture has no such tensor. */
export function huggingFaceName(architecture: Architecture, name: string): string | undefined {
  if (Object.hasOwn(outside, name)) return outside[name]
  const [, layer, part, kind] = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(name) ?? []
  const names = namesIn(architecture)
  return part !== undefined && Object.hasOwn(names, part) ? `model.layers.${layer}.${names[part]}.${kind}` : undefined
}

/** GGUF's name of a tensor; undefined if it has none. */
export function ggufName(architecture: Architecture, name: string): string | undefined {
  const whole = Object.entries(outside).find(([, theirs]) => theirs === name)?.[0]
  if (whole !== undefined) return whole
  const [, layer, part, kind] = /^model\.layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name) ?? []
  const own = Object.entries(namesIn(architecture)).find(([, theirs]) => theirs === part)?.[0]
  return own === undefined ? undefined : `blk.${layer}.${own}.${kind}`
}

/** By Hugging Face's name: q or k, whose rows are rotated. */
export const isRotated = (name: string): boolean => /\.self_attn\.[qk]_proj\./.test(name)
