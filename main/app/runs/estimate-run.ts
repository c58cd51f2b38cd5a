import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { availableMemory } from '../../common/available-memory.ts'
import type { Engine } from '../../engine/hosts/engine.ts'
import { countParameters } from '../../engine/memory-estimate.ts'
import { runMemory } from '../../loop/run-memory.ts'
import { type RowSize, runTime, type SeedSize, type StageTime } from '../../loop/run-time.ts'
import { locateModel } from '../../models/locate-model.ts'
import type { RunEstimate } from '../../shared/contract/new-run-contract.ts'
import type { EngineChoice } from '../../shared/enums.ts'
import { type Recipe, recipe as recipeSchema } from '../../shared/recipe.ts'
import { type Precision, precisionOf } from '../../shared/train-config.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import type { SharedEngine } from '../jobs/shared-engine.ts'
import { correctedTimes, kindOf, type StageRecord } from './learned-times.ts'
import { machineSpeeds, type SpeedOptions } from './machine-speed.ts'
import type { SampleRow, SeedFiles } from './seed-files.ts'

export interface EstimatorOptions extends SpeedOptions {
  /** Finished runs to learn stage times from. */
  readonly store?: Store
}

/**
 * Estimates what a run will need on this machine: counts operations, divides by the measured speed, and corrects by the times of finished
 * runs.
 */
export function runEstimator(bench: Pick<SharedEngine, 'use'>, files: SeedFiles, { store, ...options }: EstimatorOptions = {}) {
  const speedOf = machineSpeeds(options)
  const records = store === undefined ? async () => [] : stageRecords(store, files)

  return {
    /** Throws NOT_FOUND or BAD_INPUT if the base model can't be read, and whatever starting the engine throws. */
    async estimate(recipe: Recipe): Promise<RunEstimate> {
      locateModel(recipe.base_model, 'base_model')
      return bench.use(async (engine) => {
        const shape = await engine.describe(recipe.base_model)
        const { info, speed, disturbed } = await speedOf(engine)
        const precision: Precision = info.backend === 'tensorflow' ? precisionOf(recipe.precision, info.precision) : 'float32'
        const gflops = precision === 'bfloat16' ? (speed.bfloat16Gflops ?? speed.float32Gflops) : speed.float32Gflops
        const counted = runTime(shape, { ...recipe, precision }, await seedSize(engine, recipe, files), gflops)
        const used = { backend: info.backend, precision, threads: info.threads }
        const times = correctedTimes(counted, await records(engine, used, gflops))
        const { training, generation } = runMemory(shape, recipe, precision)
        const { matrices, vectors } = countParameters(shape)
        const isOnProcessor = info.device === 'CPU' || info.backend !== 'tensorflow'
        return {
          memory: {
            ...{ training: { ...training }, generation: { ...generation } },
            free: isOnProcessor ? availableMemory() : await freeGpuMemory(),
            of: isOnProcessor ? 'memory' : 'GPU memory',
          },
          ...{ stages: [...times.stages], seconds: times.seconds, low: times.low, high: times.high },
          basis: {
            backend: info.backend,
            device: info.device,
            precision,
            gflops,
            parameters: matrices + vectors,
            disturbed,
            runs: times.runs,
          },
        }
      })
    },
  }
}

/** Number of finished runs to learn from: the newest ones with the same backend, precision, and threads. */
const learnedFrom = 10

/** Actual and estimated stage times of finished runs. Skips runs whose base model no longer exists. */
function stageRecords(store: Store, files: SeedFiles) {
  const estimates = new Map<string, StageTime[] | null>()

  async function estimateOf(engine: Engine, run: RunRow, precision: Precision, gflops: number): Promise<StageTime[] | null> {
    const known = estimates.get(`${run.id} ${gflops}`)
    if (known !== undefined) return known
    const recipe = recipeSchema.safeParse(run.recipe).data
    const shape = recipe && (await engine.describe(recipe.base_model).catch(() => null))
    const estimate = recipe && shape ? runTime(shape, { ...recipe, precision }, await seedSize(engine, recipe, files), gflops) : null
    estimates.set(`${run.id} ${gflops}`, estimate)
    return estimate
  }

  return async (engine: Engine, used: EngineChoice, gflops: number): Promise<StageRecord[]> => {
    const records: StageRecord[] = []
    for (const run of store.runs.finishedWith(used, learnedFrom)) {
      const estimate = await estimateOf(engine, run, used.precision, gflops)
      const taken = Map.groupBy(store.stages.ofRun(run.id), ({ iteration, stage }) => kindOf(iteration, stage))
      for (const [kind, rows] of Map.groupBy(estimate ?? [], ({ iteration, stage }) => kindOf(iteration, stage))) {
        const seconds = (all: readonly { seconds: number }[]): number => all.reduce((sum, one) => sum + one.seconds, 0)
        records.push({ run: run.id, kind, estimated: seconds(rows), taken: seconds(taken.get(kind) ?? []) })
      }
    }
    return records
  }
}

/** Number of rows in the seed data as a run would read them. An unreadable file counts as empty; the recipe check reports it. */
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

/** Without a tokenizer, assumes four characters per token. */
async function meanTokens(engine: Engine, model: string, texts: readonly string[]): Promise<number> {
  if (texts.length === 0) return 0
  const characters = texts.reduce((sum, text) => sum + text.length, 0)
  const total = await engine
    .tokenize({ model, texts: [...texts], special: false })
    .then((rows) => rows.reduce((sum, ids) => sum + ids.length, 0))
    .catch(() => characters / 4)
  return total / texts.length
}

/** Free memory of the first NVIDIA GPU, from nvidia-smi; null if unavailable. */
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
