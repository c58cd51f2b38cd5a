import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { availableMemory } from '../common/available-memory.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import type { Measurement } from '../engine/measurement.ts'
import { countParameters } from '../engine/memory-estimate.ts'
import type { EngineInfo } from '../engine/protocol.ts'
import { type Precision, precisionOf } from '../engine/train-config.ts'
import type { Recipe } from '../loop/recipe.ts'
import { runMemory } from '../loop/run-memory.ts'
import { type RowSize, runTime, type SeedSize, totalSeconds } from '../loop/run-time.ts'
import { locateModel } from '../models/locate-model.ts'
import type { RunEstimate } from './contract/new-run.ts'
import type { SampleRow, SeedFiles } from './seed-files.ts'
import type { Workbench } from './workbench.ts'

/** Tells what a run will take on this machine, by counting; the machine's speed is measured once. */
export function runEstimator(bench: Pick<Workbench, 'use'>, files: SeedFiles) {
  let machine: Promise<{ info: EngineInfo; speed: Measurement }> | undefined

  async function measured(engine: Engine): Promise<{ info: EngineInfo; speed: Measurement }> {
    machine ??= Promise.all([engine.info(), engine.measure()]).then(([info, speed]) => ({ info, speed }))
    try {
      return await machine
    } catch (error) {
      machine = undefined
      throw error
    }
  }

  return {
    /** Throws NOT_FOUND or BAD_INPUT where the base model cannot be read, and what an engine that does not start throws. */
    async estimate(recipe: Recipe): Promise<RunEstimate> {
      locateModel(recipe.base_model, 'base_model')
      return bench.use(async (engine) => {
        const shape = await engine.describe(recipe.base_model)
        const { info, speed } = await measured(engine)
        const precision: Precision = info.backend === 'tensorflow' ? precisionOf(recipe.precision, info.precision) : 'float32'
        const gflops = precision === 'bfloat16' ? (speed.bfloat16Gflops ?? speed.float32Gflops) : speed.float32Gflops
        const stages = runTime(shape, { ...recipe, precision }, await seedSize(engine, recipe, files), gflops)
        const { training, generation } = runMemory(shape, recipe, precision)
        const { matrices, vectors } = countParameters(shape)
        const isOnProcessor = info.device === 'CPU' || info.backend !== 'tensorflow'
        return {
          memory: {
            ...{ training: { ...training }, generation: { ...generation } },
            free: isOnProcessor ? availableMemory() : await freeGpuMemory(),
            of: isOnProcessor ? 'memory' : 'GPU memory',
          },
          stages,
          seconds: totalSeconds(stages),
          basis: { backend: info.backend, device: info.device, precision, gflops, parameters: matrices + vectors },
        }
      })
    },
  }
}

/** Rows of the seed data as a run would find them. A file that cannot be read counts as none: the recipe's check tells of it. */
async function seedSize(engine: Engine, { base_model: model, seed_data }: Recipe, files: SeedFiles): Promise<SeedSize> {
  const read = (path: string | null) => (path === null ? null : files.describe(path).catch(() => null))
  const [ift, eft, ranked] = await Promise.all([read(seed_data.ift), read(seed_data.eft), read(seed_data.ranked)])
  const sizeOf = async (rows: number, samples: readonly SampleRow[]): Promise<RowSize> => ({
    rows,
    promptTokens: await meanTokens(
      engine,
      model,
      samples.map(({ prompt }) => prompt),
    ),
    responseTokens: await meanTokens(
      engine,
      model,
      samples.map(({ response }) => response),
    ),
  })
  return {
    ift: await sizeOf(ift?.facts.instructions ?? 0, ift?.instructions ?? []),
    eft: await sizeOf(eft?.facts.instructions ?? 0, eft?.instructions ?? []),
    rankedAnswers: await sizeOf(ranked?.facts.ranked_answers ?? 0, ranked?.answers ?? []),
    rankedPrompts: ranked?.facts.ranked ?? 0,
  }
}

/** Without a tokenizer, four characters are taken for a token. */
async function meanTokens(engine: Engine, model: string, texts: readonly string[]): Promise<number> {
  if (texts.length === 0) return 0
  const characters = texts.reduce((sum, text) => sum + text.length, 0)
  const total = await engine
    .tokenize({ model, texts: [...texts], special: false })
    .then((rows) => rows.reduce((sum, ids) => sum + ids.length, 0))
    .catch(() => characters / 4)
  return total / texts.length
}

/** Of the first NVIDIA GPU, as the driver's own tool tells it; null where it does not. */
async function freeGpuMemory(): Promise<number | null> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', ['--query-gpu=memory.free', '--format=csv,noheader,nounits'], {
      timeout: 10_000,
    })
    const mebibytes = Number(stdout.split('\n')[0])
    return Number.isFinite(mebibytes) ? mebibytes * 2 ** 20 : null
  } catch {
    return null
  }
}
