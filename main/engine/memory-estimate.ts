import type { ModelShape } from '../shared/engine-protocol.ts'
import type { LoraConfig, Precision, TrainConfig } from '../shared/train-config.ts'
import type { RowLength } from '../shared/training-rows.ts'
import { CACHE_BLOCK, HEAD_CHUNK, microBatches, PASS_TOKENS, tokenBudget } from './batch-limits.ts'

/**
 * Estimates the peak memory of a piece of work from what the engine allocates; no tensor is created. The result is the engine process's
 * resident memory with the native library on a CPU. Other backends use more.
 */

/** Bytes at the peak, by purpose. */
export interface TrainingMemory {
  readonly weights: number
  readonly gradients: number
  readonly optimizer: number
  readonly activations: number
  readonly head: number
  readonly runtime: number
  readonly total: number
}

export interface GenerationMemory {
  readonly weights: number
  readonly cache: number
  readonly activations: number
  readonly head: number
  readonly runtime: number
  readonly total: number
}

/** Node, the native library's own pages, its threads, and allocator slack. */
const RUNTIME = 0.45e9

/**
 * A training's peak, at the start of the largest micro-batch's backward pass. `rows`: those of the largest batch (the longest of all rows
 * will do). `deviceMemory`: that of the GPU that computes, if it is known; micro-batches grow with it.
 */
export function trainingMemory(
  shape: ModelShape,
  config: TrainConfig,
  rows: readonly RowLength[],
  deviceMemory: number | null = null,
): TrainingMemory {
  const { tokens, targets, several } = largestMicroBatch(rows, config, trainingBudget(shape, config, deviceMemory))
  const wide = bytesOf(config.precision)
  const isFull = config.lora === null
  const { trained, weights, optimizer } = modelInTraining(shape, config)
  const kept = keptPerToken(shape, wide)
  const stream = streamPerToken(shape, wide)
  const layers = config.gradient_checkpointing ? shape.layers * inputPerToken(shape) + kept : shape.layers * kept
  const activations = tokens * (layers + 2 * stream + wayBackPerToken(shape, wide, config.lora))
  const table = isFull ? shape.vocabulary * shape.hidden : 0
  return withTotal({
    weights,
    gradients: gradientBytes(trained, wide, several, activations),
    optimizer,
    activations,
    head: targets * wide * (shape.vocabulary + shape.hidden) + wide * table, // probabilities, and one chunk's gradient of the table
    runtime: RUNTIME,
  })
}

/** Tokens per micro-batch, as the engine chooses them from the loaded weights (`training/token-budget.ts`). */
export function trainingBudget(shape: ModelShape, config: Trained, deviceMemory: number | null): number {
  if (deviceMemory === null) return tokenBudget(shape.hidden)
  const { trained, weights, optimizer } = modelInTraining(shape, config)
  return tokenBudget(shape.hidden, deviceMemory - weights - optimizer - 4 * (trained.matrices + trained.vectors))
}

type Trained = Pick<TrainConfig, 'lora' | 'precision'>

/** Bytes of weights and AdamW's moments, and the parameters that are trained. */
function modelInTraining(shape: ModelShape, { lora, precision }: Trained) {
  const count = countParameters(shape)
  const trained = lora === null ? count : { matrices: adapterParameters(shape, lora), vectors: 0, table: 0 }
  const parameters = trained.matrices + trained.vectors
  const frozen = lora === null ? 0 : bytesOf(precision) * count.matrices + 4 * count.vectors
  const weights = frozen + 4 * parameters + roundedCopies(precision, trained.matrices)
  return { trained, weights, optimizer: 8 * parameters }
}

/** What is generated or judged at the same time. Prompts are counted as if they shared no prefix. */
interface GenerationWork {
  readonly sequences: number // in flight
  readonly promptTokens: number // of each
  readonly newTokens: number // of each
  /** Parameters of other models that stay loaded. */
  readonly otherModels?: number
}

/** Peak of generation: all sequences at full length. */
export function generationMemory(shape: ModelShape, precision: Precision, work: GenerationWork): GenerationMemory {
  const wide = bytesOf(precision)
  const { matrices, vectors } = countParameters(shape)
  const slots = work.sequences * (inBlocks(work.promptTokens) + inBlocks(work.newTokens))
  const pass = Math.min(PASS_TOKENS, work.sequences * work.promptTokens) + work.sequences
  return withTotal({
    weights: (1 + (work.otherModels ?? 0)) * (wide * matrices + 4 * vectors),
    cache: slots * shape.layers * 2 * shape.keyValueHeads * shape.headDim * wide,
    activations: pass * layerPerToken(shape, wide),
    head: Math.max(work.sequences, HEAD_CHUNK) * shape.vocabulary * wide,
    runtime: RUNTIME,
  })
}

function withTotal<Parts extends Record<string, number>>(parts: Parts): Parts & { total: number } {
  return { ...parts, total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) }
}

const bytesOf = (precision: Precision): number => (precision === 'bfloat16' ? 2 : 4)

/** Trained matrices are kept in float32; bfloat16 products use a rounded copy. */
const roundedCopies = (precision: Precision, parameters: number): number => (precision === 'bfloat16' ? 2 * parameters : 0)

const inBlocks = (tokens: number): number => Math.ceil(tokens / CACHE_BLOCK) * CACHE_BLOCK

interface ParameterCount {
  readonly matrices: number // table included
  readonly vectors: number
  readonly table: number // embedding and head
}

/** Parameters by shape: matrices have a rounded copy for products, vectors (norms and biases) don't. */
export function countParameters(shape: ModelShape): ParameterCount {
  const { hidden: C, intermediate: F, headDim: D, heads: H, keyValueHeads: KV } = shape
  const projections = (H + 2 * KV) * D
  const table = shape.vocabulary * C * (shape.tiedEmbeddings ? 1 : 2)
  const matrices = C * projections + H * D * C + 3 * C * F
  const vectors = (shape.branchNorms ? 4 : 2) * C + (shape.attentionBias ? projections : 0) + (shape.queryKeyNorm ? 2 * D : 0)
  return { matrices: table + shape.layers * matrices, vectors: C + shape.layers * vectors, table }
}

/** Two low-rank matrices per adapted projection. */
function adapterParameters(shape: ModelShape, { rank, targets }: LoraConfig): number {
  const sizes = projectionsOf(shape)
  return shape.layers * rank * targets.reduce((sum, name) => sum + sizes[name][0] + sizes[name][1], 0)
}

/** Outputs and inputs of each projection. */
function projectionsOf({ hidden: C, intermediate: F, headDim: D, heads: H, keyValueHeads: KV }: ModelShape) {
  return {
    ...{ q_proj: [H * D, C], k_proj: [KV * D, C], v_proj: [KV * D, C], o_proj: [C, H * D] },
    ...{ gate_proj: [F, C], up_proj: [F, C], down_proj: [C, F] },
  } satisfies Record<LoraConfig['targets'][number], [number, number]>
}

/** Rows of the largest micro-batch, cut as the engine does, longest first. */
function largestMicroBatch(rows: readonly RowLength[], config: TrainConfig, budget: number) {
  const batch = [...rows].sort((a, b) => b.tokens - a.tokens).slice(0, config.batch_size * config.gradient_accumulation)
  const parts = microBatches(batch, ({ tokens }) => tokens, budget)
  const sums = parts.map((part) => ({
    tokens: part.reduce((sum, { tokens }) => sum + tokens, 0),
    targets: part.reduce((sum, { targets }) => sum + targets, 0),
  }))
  const most = (of: keyof RowLength) => Math.max(0, ...sums.map((sum) => sum[of]))
  return { tokens: most('tokens'), targets: most('targets'), several: parts.length > 1 }
}

/**
 * With several micro-batches, the summed float32 gradients exist in full while the last micro-batch's activations are in memory. With a
 * single one, gradients grow as activations are freed, so the larger of the two counts, plus the table's gradient, which comes first.
 */
function gradientBytes({ matrices, vectors, table }: ParameterCount, wide: number, several: boolean, activations: number): number {
  if (several) return 4 * (matrices + vectors)
  const growing = wide * (matrices - table) + 4 * vectors
  return 4 * table + Math.max(0, growing - activations)
}

/**
 * Two norms' inputs, outputs and scales; q, k and v; the attention output; gate and up. With per-head norms also their inputs, and with norms
 * of the branches what these return.
 */
export function keptPerToken(shape: ModelShape, wide: number): number {
  const { hidden: C, intermediate: F, headDim: D, heads: H, keyValueHeads: KV } = shape
  const norms = 2 * ((4 + wide) * C + 4) + (shape.branchNorms ? 2 * (4 * C + 4) : 0)
  const headNorms = shape.queryKeyNorm ? 4 * (H + KV) * (D + 1) : 0
  return norms + headNorms + wide * ((H + 2 * KV) * D + H * D + 2 * F) + 4 * H
}

/** What a layer is computed again from. */
export const inputPerToken = ({ hidden: C }: Pick<ModelShape, 'hidden'>): number => 4 * C

/** The residual stream between two layers, and the branch not added yet. */
const streamPerToken = ({ hidden: C }: ModelShape, wide: number): number => (4 + wide) * C

/** A layer's backward pass at its peak: gradients of the stream on both sides, and of everything in one branch. */
function wayBackPerToken(shape: ModelShape, wide: number, lora: LoraConfig | null): number {
  const { intermediate: F, hidden: C, headDim: D, heads: H, keyValueHeads: KV } = shape
  const mlp = wide * (4 * F + C)
  const attention = wide * (H * D + 2 * (H + 2 * KV) * D + C)
  return 2 * streamPerToken(shape, wide) + Math.max(mlp, attention) + (lora ? adaptersPerToken(shape, wide, lora) : 0)
}

/** Float32 activations added by the adapters of gate and up, the widest projections. */
function adaptersPerToken({ intermediate: F }: ModelShape, wide: number, { targets }: LoraConfig): number {
  const adapters = targets.filter((name) => name === 'gate_proj' || name === 'up_proj').length
  return 4 * 2 * F + adapters * ((wide + 8) * F + 8 * 2 * F)
}

/** A layer's forward pass with nothing kept: everything it computes. */
function layerPerToken(shape: ModelShape, wide: number): number {
  const { intermediate: F, hidden: C, headDim: D, heads: H, keyValueHeads: KV } = shape
  return 12 * C + wide * (2 * (H + 2 * KV) * D + H * D + 5 * C + 3 * F) + 4 * H
}
