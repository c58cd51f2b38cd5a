import { LaurelError } from '../../shared/errors.ts'
import type { Precision } from '../../shared/train-config.ts'
import { checkWeightFits } from '../backends/device-state.ts'
import { type Operand, upload } from '../backends/operand.ts'
import { UploadBuffer } from '../backends/upload-buffer.ts'
import { addAdapters } from './adapters.ts'
import type { ModelConfig } from './config.ts'
import type { Adaptation } from './initial-adapters.ts'
import type { Linear } from './linear.ts'
import type { WeightSource } from './load-model.ts'
import { Parameter, type Part } from './parameter.ts'

/** One transformer block. Projections with the same input are stored as one matrix, rows in the listed order. */
export interface LayerWeights {
  readonly inputNorm: Parameter // [C]
  readonly qkv: Linear // q, k, v: [(H + 2 KV) D, C]
  readonly queryNorm: Parameter | null // [D]
  readonly keyNorm: Parameter | null // [D]
  readonly output: Linear // [C, H D]
  readonly attentionNorm: Parameter | null // [C], of what attention returns
  readonly postNorm: Parameter // [C], before the feed-forward network
  readonly gateUp: Linear // gate, up: [2 F, C]
  readonly down: Linear // [C, F]
  readonly mlpNorm: Parameter | null // [C], of what the feed-forward network returns
}

/** All weights of a decoder. With tied embeddings `head` is `embedding` itself. */
export interface DecoderWeights {
  readonly embedding: Parameter // [V, C]
  readonly layers: readonly LayerWeights[]
  readonly finalNorm: Parameter // [C]
  readonly head: Parameter // [V, C]
}

export interface WeightOptions {
  readonly precision: Precision
  /** What is trained: nothing, everything, or low-rank adapters on frozen weights. */
  readonly train: 'none' | 'full' | Adaptation
}

/** Load all weights of a model onto the current backend. */
export function loadWeights(config: ModelConfig, source: WeightSource, options: WeightOptions): DecoderWeights {
  const { precision } = options
  const trainable = options.train === 'full'
  const narrower = trainable ? 'Train adapters (lora) in bfloat16' : 'Choose bfloat16'
  const staging = new UploadBuffer()
  const parameter = (name: string, names: readonly string[], matrix: boolean, from = source): Parameter => {
    const parts = names.map((part) => ({ name: part, shape: source.shape(part) }))
    const held = matrix && !trainable ? precision : 'float32' // what is trained has float32 masters
    return new Parameter(name, parts, stack(from, parts, staging, { precision: held, narrower }), { matrix, precision, trainable })
  }
  const norms = config.normOffset === 0 ? source : withOffset(source, config.normOffset)
  const vector = (name: string) => parameter(name, [name], false, norms)
  const projection = (name: string, prefix: string, parts: readonly string[], bias: boolean): Linear => ({
    weight: parameter(
      `${name}.weight`,
      parts.map((part) => `${prefix}.${part}.weight`),
      true,
    ),
    bias: bias
      ? parameter(
          `${name}.bias`,
          parts.map((part) => `${prefix}.${part}.bias`),
          false,
        )
      : null,
    adapters: [],
  })
  // Load the embedding tables first: they need the largest temporary buffers, so load them while little else is in memory.
  const embedding = parameter('embedding', ['model.embed_tokens.weight'], true)
  const head = config.tiedEmbeddings ? embedding : parameter('head', ['lm_head.weight'], true)
  staging.free()
  const layers = Array.from({ length: config.layers }, (_, i): LayerWeights => {
    const at = `model.layers.${i}`
    return {
      inputNorm: vector(`${at}.input_layernorm.weight`),
      qkv: projection(`${at}.qkv`, `${at}.self_attn`, ['q_proj', 'k_proj', 'v_proj'], config.attentionBias),
      queryNorm: config.queryKeyNorm ? vector(`${at}.self_attn.q_norm.weight`) : null,
      keyNorm: config.queryKeyNorm ? vector(`${at}.self_attn.k_norm.weight`) : null,
      output: projection(`${at}.output`, `${at}.self_attn`, ['o_proj'], false),
      attentionNorm: config.branchNorms ? vector(`${at}.post_attention_layernorm.weight`) : null,
      postNorm: vector(`${at}.${config.branchNorms ? 'pre_feedforward_layernorm' : 'post_attention_layernorm'}.weight`),
      gateUp: projection(`${at}.gate_up`, `${at}.mlp`, ['gate_proj', 'up_proj'], false),
      down: projection(`${at}.down`, `${at}.mlp`, ['down_proj'], false),
      mlpNorm: config.branchNorms ? vector(`${at}.post_feedforward_layernorm.weight`) : null,
    }
  })
  const weights = { embedding, layers, finalNorm: vector('model.norm.weight'), head }
  staging.free()
  return typeof options.train === 'object' ? addAdapters(weights, options.train, precision) : weights
}

/** A decoder keeps its norms' weights with their offset (`normOffset`), so that every norm is the same operation; files are without. */
const withOffset = (source: WeightSource, offset: number): WeightSource => ({
  ...source,
  read(name, room) {
    const values = source.read(name, room)
    for (let i = 0; i < values.length; i++) values[i] += offset
    return values
  },
})

/** All parameters in the order of the forward pass, adapters included, without duplicates. */
export function parametersOf(weights: DecoderWeights): Parameter[] {
  const ofLinear = (l: Linear) => [l.weight, ...(l.bias ? [l.bias] : []), ...l.adapters.flatMap(({ a, b }) => [a, b])]
  const ofLayer = (l: LayerWeights) => [
    l.inputNorm,
    ...ofLinear(l.qkv),
    ...[l.queryNorm, l.keyNorm].filter((p) => p !== null),
    ...ofLinear(l.output),
    ...[l.attentionNorm, l.postNorm].filter((p) => p !== null),
    ...ofLinear(l.gateUp),
    ...ofLinear(l.down),
    ...[l.mlpNorm].filter((p) => p !== null),
  ]
  return [...new Set([weights.embedding, ...weights.layers.flatMap(ofLayer), weights.finalNorm, weights.head])]
}

interface Held {
  /** Of the values on the device. */
  readonly precision: Precision
  /** What the user can do to have them in bfloat16. */
  readonly narrower: string
}

/** Concatenate parts along axis 0. */
function stack(source: WeightSource, parts: readonly Part[], staging: UploadBuffer, { precision, narrower }: Held): Operand {
  for (const part of parts) {
    if (!source.has(part.name)) {
      throw new LaurelError('BAD_INPUT', `tensor ${part.name} is missing from the model`, 'Use a complete copy of the model.')
    }
  }
  const rows = parts.reduce((sum, part) => sum + part.shape[0], 0)
  const [, ...row] = parts[0].shape
  checkWeightFits(parts.map(({ name }) => name).join(' + '), [rows, ...row], precision, narrower)
  const values = staging.room(row.reduce((product, n) => product * n, rows))
  let at = 0
  for (const { name, shape } of parts) {
    const end = at + shape.reduce((product, n) => product * n, 1)
    const room = values.subarray(at, end)
    const read = source.read(name, room)
    if (read !== room) room.set(read)
    at = end
  }
  return upload(staging, values, [rows, ...row], precision)
}
