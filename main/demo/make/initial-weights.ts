import type { ModelConfig } from '../../engine/model/config.ts'
import { generatedWeights } from '../../engine/model/generated-weights.ts'
import type { WeightSource } from '../../engine/model/load-model.ts'
import { deriveSeed, uniform } from '../grammar.ts'

/** Uniform Kaiming scale of a projection: standard deviation 1 / sqrt(3 inputs), the default of common libraries. */
const projectionDeviation = (inputs: number): number => 1 / Math.sqrt(3 * inputs)
const embeddingDeviation = 0.02

/**
 * Heads 0 and 1 of the first three layers start with W_k = W_q, and train freely afterwards. Queries and keys of equal tokens then match
 * from the start, so these heads look for "the same symbol elsewhere", on which a requirement's tick depends. Without this, a judge of this
 * size learned only the length in the same training.
 */
const matchingHeads = 2
const matchingLayers = 3

/** Initial weights of a Llama-layout model with tied embeddings, drawn from the seed. */
export function initialWeights(config: ModelConfig, seed: number): WeightSource {
  const shapes = new Map<string, readonly number[]>(shapesOf(config))
  const read = (name: string): Float32Array => {
    const shape = shapes.get(name)!
    if (shape.length === 1) return new Float32Array(shape[0]).fill(1) // norms
    const [rows, columns] = shape
    const deviation = name.includes('embed_tokens') ? embeddingDeviation : projectionDeviation(columns)
    return gaussians(rows * columns, deviation, deriveSeed(seed, 'weights', name))
  }
  const readMatched = (name: string): Float32Array => {
    const values = read(name)
    const layer = /layers\.(\d+)\.self_attn\.k_proj/.exec(name)
    if (!layer || Number(layer[1]) >= matchingLayers) return values
    const matched = matchingHeads * config.headDim * config.hidden
    values.set(read(name.replace('k_proj', 'q_proj')).subarray(0, matched))
    return values
  }
  return generatedWeights(shapes, readMatched)
}

function* shapesOf(config: ModelConfig): Generator<[name: string, shape: readonly number[]]> {
  const { hidden: C, intermediate: F, heads, keyValueHeads, headDim } = config
  yield ['model.embed_tokens.weight', [config.vocabulary, C]]
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`
    yield [`${layer}.input_layernorm.weight`, [C]]
    yield [`${layer}.self_attn.q_proj.weight`, [heads * headDim, C]]
    yield [`${layer}.self_attn.k_proj.weight`, [keyValueHeads * headDim, C]]
    yield [`${layer}.self_attn.v_proj.weight`, [keyValueHeads * headDim, C]]
    yield [`${layer}.self_attn.o_proj.weight`, [C, heads * headDim]]
    yield [`${layer}.post_attention_layernorm.weight`, [C]]
    yield [`${layer}.mlp.gate_proj.weight`, [F, C]]
    yield [`${layer}.mlp.up_proj.weight`, [F, C]]
    yield [`${layer}.mlp.down_proj.weight`, [C, F]]
  }
  yield ['model.norm.weight', [C]]
}

/** Normally distributed numbers (Box-Muller transform). */
function gaussians(count: number, deviation: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform(seed, 2 * i)))
    return deviation * radius * Math.cos(2 * Math.PI * uniform(seed, 2 * i + 1))
  })
}
