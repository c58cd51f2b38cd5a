import { attentionFlops, dpoStepFlops, headFlops, projectionFlops, seenPairs, sftStepFlops } from '../engine/flops.ts'
import { trainingBudget } from '../engine/memory-estimate.ts'
import type { ModelShape } from '../shared/engine-protocol.ts'
import { type EngineRole, type RoleEngines, thisMachine } from '../shared/engine-settings.ts'
import type { TrainingRecipe } from '../shared/recipe.ts'
import { type Precision, precisionOf } from '../shared/train-config.ts'
import type { Writing } from './judges/judge-work.ts'

/** Speed of large matrix products on this machine, 10^9 operations per second in the run's precision. */
export type Speed = number

/**
 * Fractions of the matrix-product speed that each kind of work reaches, and costs independent of it. Fitted so that the demo (1 million
 * parameters) and SmolLM2 (135 million) match measurements on two CPU cores; on other machines the estimate is only the right order of
 * magnitude.
 */
const TRAINED = 0.55
const READ = 0.5
const WRITTEN = 0.35
const SECONDS_PER_LAYER_OF_A_PASS = 0.0006
const SECONDS_PER_LAYER_OF_A_MICRO_BATCH = 0.006
const SECONDS_PER_TOKEN = 0.00004
/** Weights read from memory in a pass: bytes per operation that could run in the same time. */
const BYTES_PER_OPERATION = 0.04
/** What durations depend on besides the work: the model, and the machine. */
export interface Cost {
  readonly shape: ModelShape
  readonly speed: Speed
  readonly precision: Precision
  /** Memory of the GPU that computes, in bytes; null: none, or not known. */
  readonly deviceMemory: number | null
  /** The engine of each role. Only this machine's speed is known: what another one does isn't counted. */
  readonly engines: RoleEngines
}

const isHere = ({ engines }: Cost, role: EngineRole): boolean => engines[role] === thisMachine

/** Rows to train on, with their mean lengths. */
export interface RowSize {
  readonly rows: number
  readonly promptTokens: number
  readonly responseTokens: number
}

/** A role that writes or reads texts. */
export type TextRole = Exclude<EngineRole, 'train'>

/** Generating texts. */
export function generation(cost: Cost, role: TextRole, batch: number, { texts, promptTokens: read, newTokens }: Writing): number {
  if (!isHere(cost, role)) return 0
  const { shape, speed, precision } = cost
  const perToken = projectionFlops(shape)
  const reading = texts * (read * perToken + attentionFlops(shape, seenPairs(read)))
  const writing = texts * newTokens * (perToken + headFlops(shape)) + texts * attentionFlops(shape, seenPairs(newTokens, read))
  const passes = Math.max(newTokens, (texts * newTokens) / batch)
  const weights = (passes * perToken * (precision === 'bfloat16' ? 2 : 4)) / 2 / (speed * BYTES_PER_OPERATION)
  const slow = passes * shape.layers * SECONDS_PER_LAYER_OF_A_PASS + texts * newTokens * SECONDS_PER_TOKEN
  return reading / (speed * READ) + Math.max(writing / (speed * WRITTEN), weights) + slow
}

/** Supervised fine-tuning on some rows. */
export function fineTuning(cost: Cost, settings: TrainingRecipe, parts: readonly RowSize[]): number {
  return parts.reduce((sum, { rows, promptTokens: prompt, responseTokens: completion }) => {
    const cut = Math.min(1, settings.max_length / Math.max(1, prompt + completion))
    const flops = rows * sftStepFlops(cost.shape, [{ prompt: prompt * cut, completion: completion * cut }])
    return sum + trained(cost, settings, flops * settings.epochs, rows * settings.epochs, (prompt + completion) * cut)
  }, 0)
}

/** Preference training with responses of a mean length. */
export function preferenceTraining(cost: Cost, settings: TrainingRecipe, pairs: number, prompt: number, response: number): number {
  const cut = Math.min(1, settings.max_length / (prompt + response))
  const lengths = { prompt: prompt * cut, chosen: response * cut, rejected: response * cut }
  const flops = pairs * dpoStepFlops(cost.shape, [lengths]) * (0.25 + 0.75 * settings.epochs) // reference log-probabilities are computed once
  return trained(cost, settings, flops, pairs * settings.epochs, (prompt + 2 * response) * cut)
}

function trained(cost: Cost, settings: TrainingRecipe, flops: number, rows: number, tokens: number): number {
  if (!isHere(cost, 'train')) return 0
  const { shape, speed, deviceMemory } = cost
  const again = settings.gradient_checkpointing ? 4 / 3 : 1
  const config = { lora: settings.lora, precision: precisionOf(settings.precision, cost.precision) }
  const budget = trainingBudget(shape, config, deviceMemory)
  const microBatches = Math.max((rows * tokens) / budget, rows / (settings.batch_size * settings.gradient_accumulation))
  return (again * flops) / (speed * TRAINED) + microBatches * shape.layers * SECONDS_PER_LAYER_OF_A_MICRO_BATCH
}

/** Loading and preparing a model's weights; after a training, also writing them. */
export const modelLoad = ({ shape }: Cost): number => 0.2 + (projectionFlops(shape) / 2 + shape.vocabulary * shape.hidden) * 4e-9
