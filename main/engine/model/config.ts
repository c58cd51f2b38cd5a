import { z } from 'zod'
import { describeIssues } from '../../common/describe-issues.ts'
import { type ArchitectureId, isArchitecture, useSupportedModel } from '../../shared/architectures.ts'
import { LaurelError } from '../../shared/errors.ts'
import { type Architecture, type DecoderOptions, plainDecoder, type Unsupported } from './architectures/architecture.ts'
import { architectures } from './architectures/families.ts'

/** RoPE scaling: none, or Llama 3's frequency-dependent scheme (`rope_type: llama3`). */
export type RopeScaling =
  | { readonly type: 'default' }
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3'
      readonly factor: number
      readonly lowFrequencyFactor: number
      readonly highFrequencyFactor: number
      readonly originalContext: number
    }

/** Parameters of the supported decoders. Comments give Hugging Face's keys. */
export interface ModelConfig extends DecoderOptions {
  readonly architecture: ArchitectureId // model_type
  readonly vocabulary: number // vocab_size, V
  readonly hidden: number // hidden_size, C
  readonly intermediate: number // intermediate_size, F
  readonly layers: number // num_hidden_layers
  readonly heads: number // num_attention_heads, H
  readonly keyValueHeads: number // num_key_value_heads, KV
  readonly headDim: number // head_dim, D
  readonly contextLength: number // max_position_embeddings
  readonly normEpsilon: number // rms_norm_eps
  readonly ropeTheta: number // rope_theta
  readonly ropeScaling: RopeScaling
  /** Each token sees at most this many positions, itself included; null: all. */
  readonly slidingWindow: number | null
  /** Biases on q, k and v. */
  readonly attentionBias: boolean
  /** RMSNorm over each head's q and k. */
  readonly queryKeyNorm: boolean
  readonly tiedEmbeddings: boolean // tie_word_embeddings
  readonly bosToken: number | null
  readonly eosTokens: readonly number[]
  readonly padToken: number | null
}

/** Bounds far beyond every real model. A value outside them means damage, and would cause NaN or exhaust memory later. */
const size = z
  .int()
  .positive()
  .max(1 << 24)
const length = z
  .int()
  .positive()
  .max(2 ** 31)
const factor = z.number().min(1e-3).max(1e6)
const theta = z.number().min(1).max(1e15)
const token = z
  .int()
  .min(0)
  .max(2 ** 31)

const ropeParameters = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: theta.optional(),
  factor: factor.optional(),
  low_freq_factor: factor.optional(),
  high_freq_factor: factor.optional(),
  original_max_position_embeddings: length.optional(),
  partial_rotary_factor: z.number().optional(),
})

const huggingFaceConfig = z.looseObject({
  model_type: z.string(),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: z.int().positive().max(1000),
  num_attention_heads: z.int().positive().max(65536),
  num_key_value_heads: z.int().positive().max(65536).optional(),
  head_dim: z.int().positive().max(65536).nullish(),
  hidden_act: z.string().default('silu'),
  max_position_embeddings: length.default(2048),
  rms_norm_eps: z.number().positive().max(1).default(1e-6),
  rope_theta: theta.optional(),
  rope_scaling: ropeParameters.nullish(),
  rope_parameters: ropeParameters.nullish(),
  sliding_window: length.nullish(),
  use_sliding_window: z.boolean().nullish(),
  max_window_layers: z.int().min(0).nullish(),
  layer_types: z.array(z.string()).nullish(),
  partial_rotary_factor: z.number().nullish(),
  quantization_config: z.unknown().optional(),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  tie_word_embeddings: z.boolean().default(false),
  bos_token_id: token.nullish(),
  eos_token_id: z.union([token, z.array(token)]).nullish(),
  pad_token_id: token.or(z.literal(-1)).nullish(),
})
type HuggingFaceConfig = z.infer<typeof huggingFaceConfig>

/** Parse a Hugging Face `config.json`. `where` names the file in errors. */
export function parseConfig(json: unknown, where: string): ModelConfig {
  const unsupported: Unsupported = (what) => new LaurelError('UNSUPPORTED', `${where}: ${what} is not supported`, useSupportedModel)
  const architecture = architectures[architectureOf(json, unsupported)] // first, because other architectures have other keys
  const { keys: c, decoder } = validated(where, () => {
    const common = architecture.commonKeys?.(z.record(z.string(), z.unknown()).parse(json)) ?? json
    const keys = huggingFaceConfig.parse(common)
    return { keys, decoder: { ...plainDecoder, ...architecture.decoder?.(keys, unsupported) } }
  })
  const rope = { ...c.rope_scaling, ...c.rope_parameters }
  rejectOptions(c, architecture, decoder.activation, rope.partial_rotary_factor ?? c.partial_rotary_factor ?? 1, unsupported)
  const keyValueHeads = c.num_key_value_heads ?? c.num_attention_heads
  const headDim = c.head_dim ?? c.hidden_size / c.num_attention_heads
  if (headDim % 2 !== 0 || c.num_attention_heads % keyValueHeads !== 0) {
    const heads = `${c.num_attention_heads} heads, ${keyValueHeads} key-value heads and a head size of ${headDim}`
    throw new LaurelError('BAD_INPUT', `${where}: ${heads} don't fit together`, 'Use the config.json that came with the model.')
  }
  return {
    architecture: architecture.id,
    vocabulary: c.vocab_size,
    hidden: c.hidden_size,
    intermediate: c.intermediate_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    keyValueHeads,
    headDim,
    contextLength: c.max_position_embeddings,
    normEpsilon: c.rms_norm_eps,
    ropeTheta: rope.rope_theta ?? c.rope_theta ?? 10000,
    ropeScaling: ropeScalingOf(rope, c.max_position_embeddings, unsupported),
    slidingWindow: architecture.slidingWindow(c, unsupported),
    ...decoder,
    attentionBias: architecture.attentionBias,
    queryKeyNorm: architecture.queryKeyNorm,
    tiedEmbeddings: c.tie_word_embeddings,
    bosToken: c.bos_token_id ?? null,
    eosTokens: c.eos_token_id == null ? [] : Array.isArray(c.eos_token_id) ? c.eos_token_id : [c.eos_token_id],
    padToken: c.pad_token_id === -1 ? null : (c.pad_token_id ?? null),
  }
}

function validated<T>(where: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    throw new LaurelError('BAD_INPUT', `${where}: ${describeIssues(error)}`, 'Use the config.json that came with the model.')
  }
}

/** The architecture in the configuration. If it is missing, assume any and let parsing report the error. */
function architectureOf(json: unknown, unsupported: Unsupported): ArchitectureId {
  const named = z.looseObject({ model_type: z.string() }).safeParse(json).data?.model_type ?? 'llama'
  if (!isArchitecture(named)) throw unsupported(`model_type ${JSON.stringify(named)}`)
  return named
}

function ropeScalingOf(rope: z.infer<typeof ropeParameters>, context: number, unsupported: Unsupported): RopeScaling {
  const type = rope.rope_type ?? rope.type ?? 'default'
  switch (type) {
    case 'default':
      return { type }
    case 'linear':
      return { type, factor: rope.factor ?? 1 }
    case 'llama3':
      if ((rope.low_freq_factor ?? 1) >= (rope.high_freq_factor ?? 4))
        throw unsupported('rope scaling with low_freq_factor >= high_freq_factor')
      return {
        type,
        factor: rope.factor ?? 8,
        lowFrequencyFactor: rope.low_freq_factor ?? 1,
        highFrequencyFactor: rope.high_freq_factor ?? 4,
        originalContext: rope.original_max_position_embeddings ?? context,
      }
    default:
      throw unsupported(`rope_type ${JSON.stringify(type)}`)
  }
}

/** Throws for options that change the result and that the decoder lacks. */
function rejectOptions(
  c: HuggingFaceConfig,
  architecture: Architecture,
  activation: DecoderOptions['activation'],
  rotaryPart: number,
  unsupported: Unsupported,
): void {
  if (c.hidden_act !== activation) throw unsupported(`hidden_act ${JSON.stringify(c.hidden_act)}`)
  architecture.rejectOptions(c, unsupported)
  if (rotaryPart !== 1) throw unsupported(`partial_rotary_factor ${rotaryPart}`)
  if (c.quantization_config != null) throw unsupported('quantization_config (weights quantized by another program)')
}
