import { availableMemory } from '../common/available-memory.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import { trainingMemory } from '../engine/memory-estimate.ts'
import type { TrainParams } from '../engine/protocol.ts'
import type { Precision } from '../engine/train-config.ts'
import type { Recipe } from '../loop/recipe.ts'
import { runMemory } from '../loop/run-memory.ts'
import { type Memory, memoryText } from './memory-text.ts'

/** Rows that are measured: the longest by their text, of which the largest batch is made. */
const MEASURED = 64

const trainingRemedy = 'use bfloat16, gradient_checkpointing, a smaller max_length, lora, or a smaller model'
const generationRemedy = 'use a smaller batch, fewer new tokens, bfloat16, or a smaller model'

/**
 * Say on standard error what a training will take, before it begins; gives it for whoever keeps it. Null: nothing is known of it, because
 * it is not to run on this machine's processor, or because something is wrong that the training itself will tell.
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

/** The same for a run, whose texts are yet to be made. */
export async function showRunMemory(engine: Engine, recipe: Recipe, precision: Precision): Promise<Record<string, Memory> | null> {
  const shape = await engine.describe(recipe.base_model).catch(() => null)
  if (shape === null) return null
  const { training, generation } = runMemory(shape, recipe, precision)
  const memory = { training: { ...training }, generation: { ...generation } }
  process.stderr.write(memoryText('memory for training', memory.training, availableMemory(), trainingRemedy))
  process.stderr.write(memoryText('memory for generation', memory.generation, availableMemory(), generationRemedy))
  return memory
}

/** On a GPU other memory counts, and other backends than the native one keep more on their way than is known here. */
export async function isOnProcessor(engine: Engine): Promise<boolean> {
  const { backend, device } = await engine.info()
  return backend === 'tensorflow' && device === 'CPU'
}
