import { availableMemory } from '../../common/available-memory.ts'
import { freeGpuMemory } from '../../common/nvidia-gpus.ts'
import type { Engine } from '../../engine/hosts/engine.ts'
import { countParameters } from '../../engine/memory-estimate.ts'
import { probedMethod } from '../../loop/evaluation/stored-probe.ts'
import { samplesOf } from '../../loop/judges/judge-work.ts'
import { judgeTime } from '../../loop/judging-time.ts'
import { runMemory } from '../../loop/run-memory.ts'
import { runTime, type SeedSize, type StageTime } from '../../loop/run-time.ts'
import type { RowSize } from '../../loop/work-time.ts'
import { locateModel } from '../../models/locate-model.ts'
import type { RunEstimate } from '../../shared/contract/new-run-contract.ts'
import type { ProbeEstimate } from '../../shared/contract/probe-contract.ts'
import { type EngineInfo, hasBfloat16 } from '../../shared/engine-protocol.ts'
import { otherEngines } from '../../shared/engine-settings.ts'
import { type EngineChoice, engineChoice } from '../../shared/enums.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { ProbeSettings } from '../../shared/evaluation-settings.ts'
import type { Measurement } from '../../shared/measurement.ts'
import { type Recipe, recipe as recipeSchema } from '../../shared/recipe.ts'
import { type Precision, type PrecisionWish, precisionOf } from '../../shared/train-config.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { portion } from '../evaluations/evaluation-jobs.ts'
import type { SharedEngine } from '../jobs/shared-engine.ts'
import { likelyRange, runsToLearnFrom, unknownSpread } from './learned-times.ts'
import type { SampleRow, SeedFiles } from './new-runs.ts'

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

  /** What every estimate needs: the model's shape, and the speed of this machine in the precision that the engine will use. */
  async function basisOf(engine: Engine, model: string, wanted: PrecisionWish) {
    const shape = await engine.describe(model)
    const { info, speed, disturbed } = await speedOf(engine)
    const precision: Precision = hasBfloat16(info.backend) ? precisionOf(wanted, info.precision) : 'float32'
    const gflops = precision === 'bfloat16' ? (speed.bfloat16Gflops ?? speed.float32Gflops) : speed.float32Gflops
    return { shape, info, disturbed, precision, gflops }
  }

  return {
    /** The duration of measuring judges on ranked answers. Throws as `estimate` does. */
    async estimateProbe({ model, judges, source, count }: ProbeSettings): Promise<ProbeEstimate> {
      if (model.engine !== undefined)
        throw new LaurelError('UNSUPPORTED', 'The speed of another engine isn’t known.', 'Measure without an estimate.')
      locateModel(model.path, 'base_model')
      const { facts, answers } = await files.describe(source.path)
      const prompts = Math.min(count, facts.ranked)
      const perPrompt = facts.ranked_answers / Math.max(1, facts.ranked)
      return bench.use(async (engine) => {
        const { shape, precision, gflops } = await basisOf(engine, model.path, 'auto')
        const { promptTokens, responseTokens } = await rowSize(engine, model.path, facts.ranked_answers, answers)
        const size = { prompts, perPrompt, promptTokens, responseTokens }
        const total = Math.round(prompts * perPrompt)
        const times = judges.map((judge) => ({
          method: probedMethod(judge),
          judgements: total * samplesOf(judge),
          seconds: judgeTime(shape, { judge, batch: portion.batch, precision }, size, gflops),
        }))
        return { prompts, answers: total, judges: times }
      })
    },

    /** Throws NOT_FOUND or BAD_INPUT if the base model can't be read, and whatever starting the engine throws. */
    async estimate(recipe: Recipe): Promise<RunEstimate> {
      locateModel(recipe.base_model, 'base_model')
      return bench.use(async (engine) => {
        const { shape, info, disturbed, precision, gflops } = await basisOf(engine, recipe.base_model, recipe.precision)
        const counted = runTime(shape, { ...recipe, precision }, await seedSize(engine, recipe, files), gflops, info.deviceMemory)
        const used = { ...engineChoice.parse(info), precision }
        const times = correctedTimes(counted, await records(engine, used, gflops, info.deviceMemory))
        const { training, generation } = runMemory(shape, recipe, precision, info.deviceMemory)
        const { matrices, vectors } = countParameters(shape)
        return {
          memory: { training: { ...training }, generation: { ...generation }, ...(await freeMemory(info)) },
          ...{ stages: [...times.stages], seconds: times.seconds, low: times.low, high: times.high },
          basis: {
            backend: used.backend,
            device: info.device,
            precision,
            gflops,
            parameters: matrices + vectors,
            disturbed,
            runs: times.runs,
            elsewhere: otherEngines(recipe.engines),
          },
        }
      })
    },
  }
}

type DeviceMemory = EngineInfo['deviceMemory']

/** Actual and estimated stage times of finished runs. Skips runs whose base model no longer exists. */
function stageRecords(store: Store, files: SeedFiles) {
  const estimates = new Map<string, StageTime[] | null>()

  async function estimateOf(
    engine: Engine,
    run: RunRow,
    precision: Precision,
    gflops: number,
    memory: DeviceMemory,
  ): Promise<StageTime[] | null> {
    const known = estimates.get(`${run.id} ${gflops}`)
    if (known !== undefined) return known
    const recipe = recipeSchema.safeParse(run.recipe).data
    const shape = recipe && (await engine.describe(recipe.base_model).catch(() => null))
    const estimate =
      recipe && shape ? runTime(shape, { ...recipe, precision }, await seedSize(engine, recipe, files), gflops, memory) : null
    estimates.set(`${run.id} ${gflops}`, estimate)
    return estimate
  }

  return async (engine: Engine, used: EngineChoice, gflops: number, memory: DeviceMemory): Promise<StageRecord[]> => {
    const records: StageRecord[] = []
    for (const run of runsToLearnFrom(store, used)) {
      const estimate = await estimateOf(engine, run, used.precision, gflops, memory)
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
  const sizeOf = (rows: number, samples: readonly SampleRow[]): Promise<RowSize> => rowSize(engine, model, rows, samples)
  return {
    ift: await sizeOf(ift?.facts.instructions ?? 0, ift?.instructions ?? []),
    eft: await sizeOf(eft?.facts.instructions ?? 0, eft?.instructions ?? []),
    rankedAnswers: await sizeOf(ranked?.facts.ranked_answers ?? 0, ranked?.answers ?? []),
    rankedPrompts: ranked?.facts.ranked ?? 0,
  }
}

async function rowSize(engine: Engine, model: string, rows: number, samples: readonly SampleRow[]): Promise<RowSize> {
  const mean = (texts: readonly string[]): Promise<number> => meanTokens(engine, model, texts)
  const promptTokens = await mean(samples.map(({ prompt }) => prompt))
  return { rows, promptTokens, responseTokens: await mean(samples.map(({ response }) => response)) }
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

/**
 * Free memory where a model is computed. A GPU that WebGPU uses reports its memory only if it is NVIDIA's; that of the others is usually the
 * machine's.
 */
async function freeMemory({ backend, device }: EngineInfo): Promise<Pick<RunEstimate['memory'], 'free' | 'of'>> {
  const isTensorflowsGpu = backend === 'tensorflow' && device !== 'CPU'
  const free = isTensorflowsGpu || backend === 'webgpu' ? await freeGpuMemory(device) : null
  return isTensorflowsGpu || free !== null ? { free, of: 'GPU memory' } : { free: availableMemory(), of: 'memory' }
}

/** A stage of a finished run, with its estimated and actual seconds. */
interface StageRecord {
  readonly run: string
  readonly kind: string
  readonly estimated: number
  readonly taken: number
}

/** Stages whose times are learned together: iteration 0 is SFT, later ones train on preferences. */
export const kindOf = (iteration: number, stage: string): string => `${iteration === 0 ? 'first' : 'later'} ${stage}`

/** An estimate corrected by the times of finished runs, with its likely range. */
interface CorrectedTimes {
  readonly stages: readonly StageTime[]
  readonly seconds: number
  readonly low: number
  readonly high: number
  /** Number of runs it was learned from. */
  readonly runs: number
}

/** Minimum spread, even if finished runs agree. */
const LEAST_SPREAD = 1.25
/** A larger factor tells more about that run (a laptop that slept) than about the machine. */
const MOST = 8

/**
 * Corrects an estimate stage by stage by the median of actual / estimated time over finished runs. The spread of those ratios gives the
 * range.
 */
export function correctedTimes(stages: readonly StageTime[], records: readonly StageRecord[]): CorrectedTimes {
  const byKind = Map.groupBy(records, ({ kind }) => kind)
  const overall = likelyRange(ratiosOf(records), LEAST_SPREAD)
  const corrected = stages.map((one) => {
    const own = likelyRange(ratiosOf(byKind.get(kindOf(one.iteration, one.stage)) ?? []), LEAST_SPREAD)
    const factor = (own ?? overall)?.middle ?? 1
    return { time: { ...one, seconds: one.seconds * factor }, spread: own?.spread ?? unknownSpread }
  })
  const sum = (value: (one: (typeof corrected)[number]) => number): number => corrected.reduce((total, one) => total + value(one), 0)
  return {
    stages: corrected.map(({ time }) => time),
    seconds: sum(({ time }) => time.seconds),
    low: sum(({ time, spread }) => time.seconds / spread),
    high: sum(({ time, spread }) => time.seconds * spread),
    runs: new Set(records.map(({ run }) => run)).size,
  }
}

const ratiosOf = (records: readonly StageRecord[]): number[] =>
  records.flatMap(({ estimated, taken }) => (estimated > 0 && taken > 0 ? [Math.min(MOST, Math.max(1 / MOST, taken / estimated))] : []))

/** The machine's measured speed and its reliability. */
interface MachineSpeed {
  readonly info: EngineInfo
  readonly speed: Measurement
  /** Other work in Laurel used the processor during the measurement, so the idle machine is faster than this. */
  readonly disturbed: boolean
}

interface SpeedOptions {
  /** Name of the runtime pack that engines use now; another one means another speed. */
  readonly runtime?: () => string
  /** Whether a run or an evaluation is running. */
  readonly isBusy?: () => boolean
  readonly now?: () => number
}

const rounds = 3
/** Milliseconds after which to measure again: the machine may have been busy. */
const staleMs = 10 * 60_000

/**
 * Measures the machine's speed, taking the best of several attempts, since interference only slows it down. Measures again when the result
 * is stale, when the runtime has changed, and when a run was active during the measurement but isn't now. During a run, keeps a known
 * speed.
 */
export function machineSpeeds({ runtime = () => '', isBusy = () => false, now = Date.now }: SpeedOptions = {}) {
  let known: (MachineSpeed & { readonly key: string; readonly at: number }) | undefined
  let pending: Promise<MachineSpeed> | undefined

  async function measured(engine: Engine, key: string): Promise<MachineSpeed> {
    const info = await engine.info()
    const before = known?.key === key && !known.disturbed ? known.speed : undefined
    let speed = before
    const wasBusy = isBusy()
    for (let round = 0; round < rounds; round++) speed = better(speed, await engine.measure())
    known = { key, at: now(), info, speed: speed!, disturbed: before === undefined && (wasBusy || isBusy()) }
    return known
  }

  return async (engine: Engine): Promise<MachineSpeed> => {
    const key = runtime()
    if (known !== undefined && known.key === key) {
      const isFresh = now() - known.at < staleMs && !known.disturbed
      if (isFresh || isBusy()) return known
    }
    pending ??= measured(engine, key).finally(() => {
      pending = undefined
    })
    return pending
  }
}

function better(one: Measurement | undefined, other: Measurement): Measurement {
  if (one === undefined) return other
  const half = Math.max(one.bfloat16Gflops ?? 0, other.bfloat16Gflops ?? 0)
  return { float32Gflops: Math.max(one.float32Gflops, other.float32Gflops), bfloat16Gflops: half > 0 ? half : null }
}
