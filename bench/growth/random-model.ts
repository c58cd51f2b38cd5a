import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generators } from '../../main/common/random.ts'
import { type TensorToWrite, writeSafetensors } from '../../main/engine/model/formats/safetensors/write-safetensors.ts'

const { deriveSeed, uniform } = generators.murmur

/** An untrained model with the Llama architecture: only its size matters. */
export interface RandomModel {
  readonly hidden: number
  readonly intermediate: number
  readonly layers: number
}

/** Small, so that the output layer doesn't dominate a small model. */
export const vocabulary = 4096
const headDim = 64
const contextLength = 8192

/** From 2 to 360 million parameters, each about three times as large as the previous one, with Llama-like shapes. */
export const randomModels: readonly RandomModel[] = [
  { hidden: 128, intermediate: 384, layers: 6 },
  { hidden: 256, intermediate: 704, layers: 6 },
  { hidden: 384, intermediate: 1024, layers: 10 },
  { hidden: 576, intermediate: 1536, layers: 12 },
  { hidden: 768, intermediate: 2048, layers: 17 },
  { hidden: 1024, intermediate: 2752, layers: 28 },
]

/** Parameter count: embedding (tied); per layer four attention matrices, three gated-MLP matrices, and two norms; the final norm. */
export const parametersOf = ({ hidden: C, intermediate: F, layers }: RandomModel): number =>
  vocabulary * C + layers * (4 * C * C + 3 * C * F + 2 * C) + C

/** Write the model as a Hugging Face folder with bfloat16 weights and without a tokenizer. */
export function writeRandomModel(folder: string, model: RandomModel): void {
  const { hidden, intermediate, layers } = model
  const heads = hidden / headDim
  mkdirSync(folder, { recursive: true })
  const config = {
    ...{ architectures: ['LlamaForCausalLM'], model_type: 'llama', hidden_act: 'silu', tie_word_embeddings: true, torch_dtype: 'bfloat16' },
    ...{ vocab_size: vocabulary, hidden_size: hidden, intermediate_size: intermediate, num_hidden_layers: layers },
    ...{ num_attention_heads: heads, num_key_value_heads: heads, head_dim: headDim, max_position_embeddings: contextLength },
    ...{ rms_norm_eps: 1e-5, rope_theta: 10000, bos_token_id: 1, eos_token_id: 2 },
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  writeSafetensors(join(folder, 'model.safetensors'), tensorsOf(model))
}

function tensorsOf({ hidden: C, intermediate: F, layers }: RandomModel): TensorToWrite[] {
  const layerShapes = [
    ['input_layernorm', [C]],
    ...['q', 'k', 'v', 'o'].map((name) => [`self_attn.${name}_proj`, [C, C]]),
    ['post_attention_layernorm', [C]],
    ...['gate', 'up'].map((name) => [`mlp.${name}_proj`, [F, C]]),
    ['mlp.down_proj', [C, F]],
  ] as [string, number[]][]
  const inLayers = Array.from({ length: layers }, (_, i) =>
    layerShapes.map(([name, shape]) => tensor(`model.layers.${i}.${name}.weight`, shape)),
  )
  return [tensor('model.embed_tokens.weight', [vocabulary, C]), ...inLayers.flat(), tensor('model.norm.weight', [C])]
}

const tensor = (name: string, shape: readonly number[]): TensorToWrite => ({
  ...{ name, shape, dtype: 'BF16' },
  get data() {
    return randomValues(name, shape)
  },
})

/**
 * Values of a weight: numbers with a standard deviation that preserves the scale of activations, from a short table read at a different offset
 * for each row. Norms are ones.
 */
export function randomValues(name: string, [rows, columns]: readonly number[]): Float32Array {
  if (columns === undefined) return new Float32Array(rows).fill(1)
  return valuesWithoutPattern(rows, columns, name.includes('embed_tokens') ? 0.02 : 1 / Math.sqrt(3 * columns), name)
}

/** Millions of numbers with a standard deviation, in a moment: each row is a piece of a table. */
export function valuesWithoutPattern(rows: number, columns: number, deviation: number, name: string): Float32Array {
  const seed = deriveSeed(0, name)
  const values = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    const from = Math.floor(uniform(seed, row) * (table.length - columns))
    for (let i = 0; i < columns; i++) values[row * columns + i] = deviation * table[from + i]
  }
  return values
}

/** Uniform numbers with standard deviation 1. */
const table = Float32Array.from({ length: 1 << 18 }, (_, i) => Math.sqrt(3) * (2 * uniform(1, i) - 1))

/** Token IDs without a pattern, none of them special. */
export const randomIds = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => 3 + Math.floor(uniform(deriveSeed(seed, 'ids'), i) * (vocabulary - 3)))
