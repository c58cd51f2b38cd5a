import { availableMemory } from '../common/available-memory.ts'
import { gigabytesText } from '../common/numbers.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import { trainingMemory } from '../engine/memory-estimate.ts'
import { runMemory } from '../loop/run-memory.ts'
import type { TrainParams } from '../shared/engine-protocol.ts'
import type { Recipe } from '../shared/recipe.ts'
import type { Precision } from '../shared/train-config.ts'

/** Memory by purpose, in bytes. */
export type Memory = { readonly total: number } & { readonly [part: string]: number }

/** Smaller parts aren't listed, gigabytes. */
const SHOWN = 0.05

/**
 * Expected memory: `memory: about 2.9 GB: weights 0.8, optimizer 1.1; this machine has 17.3 GB free`. If that isn't enough, adds a warning
 * with a remedy.
 */
export function memoryText(what: string, { total, ...parts }: Memory, free: number, remedy: string): string {
  const shown = Object.entries(parts).filter(([, bytes]) => bytes >= SHOWN * 1e9)
  const list = shown.map(([part, bytes]) => `${part} ${gigabytesText(bytes)}`).join(', ')
  const line = `${what}: about ${gigabytesText(total)} GB: ${list}; this machine has ${gigabytesText(free)} GB free\n`
  return total <= free ? line : `${line}warning: this probably won't fit; ${remedy}\n`
}

/** The same as numbers, for JSON: gigabytes by part. */
export const memoryFigures = (memory: Memory): Record<string, number> =>
  Object.fromEntries(Object.entries(memory).map(([part, bytes]) => [part, Math.round(bytes / 1e7) / 100]))

/** Number of rows to measure: the longest texts, which form the largest batch. */
const MEASURED = 64

const trainingRemedy = 'use bfloat16, gradient_checkpointing, a smaller max_length, lora, or a smaller model'
const generationRemedy = 'use a smaller batch, fewer new tokens, bfloat16, or a smaller model'

/**
 * Prints the expected memory of a training to standard error before it starts, and returns it. Null if unknown: the training doesn't run on
 * this machine's processor, or it has an error that the training itself will report.
 */
export async function showTrainingMemory(
  engine: Engine,
  { task, model, rows, config }: Pick<TrainParams, 'task' | 'model' | 'rows' | 'config'>,
): Promise<Memory | null> {
  if (!(await isOnProcessor(engine))) return null
  const count = Math.max(MEASURED, config.batch_size * config.gradient_accumulation)
  const longest = rows
    .map((row) => ({ row, length: JSON.stringify(row).length }))
    .sort((a, b) => b.length - a.length)
    .slice(0, count)
  const asked = { task, model, rows: longest.map(({ row }) => row), maxLength: config.max_length, promptWeight: config.prompt_weight }
  const known = await Promise.all([engine.describe(model), engine.lengths(asked)]).catch(() => null)
  if (known === null) return null
  const memory = { ...trainingMemory(known[0], config, known[1]) }
  process.stderr.write(memoryText('memory', memory, availableMemory(), trainingRemedy))
  return memory
}

/** The same for a run, whose texts don't exist yet. */
export async function showRunMemory(engine: Engine, recipe: Recipe, precision: Precision): Promise<Record<string, Memory> | null> {
  const shape = await engine.describe(recipe.base_model).catch(() => null)
  if (shape === null) return null
  const { training, generation } = runMemory(shape, recipe, precision)
  const memory = { training: { ...training }, generation: { ...generation } }
  for (const [what, parts, remedy] of [
    ['training', memory.training, trainingRemedy],
    ['generation', memory.generation, generationRemedy],
  ] as const) {
    if (parts.total > 0) process.stderr.write(memoryText(`memory for ${what}`, parts, availableMemory(), remedy))
  }
  return memory
}

/** The estimate holds only here: a GPU has its own memory, and the other backends hold more intermediate values than the estimate counts. */
export async function isOnProcessor(engine: Engine): Promise<boolean> {
  const { backend, device } = await engine.info()
  return backend === 'tensorflow' && device === 'CPU'
}
