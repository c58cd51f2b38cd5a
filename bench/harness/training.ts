import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import type { TrainParams } from '../../main/shared/engine-protocol.ts'
import { badInput } from '../../main/shared/errors.ts'
import { type Precision, trainConfig } from '../../main/shared/train-config.ts'
import { type Options, requirePath } from './options.ts'

const pair = z.object({ prompt: z.string(), chosen: z.string(), rejected: z.string() })
export type Pair = z.infer<typeof pair>

/** Pairs for the warm-up step and `steps` measured steps, in the file's order; the same for both sides. */
export function readPairs(options: Options, { steps, batch }: { readonly steps: number; readonly batch: number }): Pair[] {
  const path = requirePath(options, 'pairs')
  const parsed = z.array(pair).safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (!parsed.success) throw badInput(`${path}: ${z.prettifyError(parsed.error)}`, 'Give a JSON list of {prompt, chosen, rejected}.')
  const wanted = (steps + 1) * batch
  if (parsed.data.length >= wanted) return parsed.data.slice(0, wanted)
  const message = `${path} has ${parsed.data.length} pairs; ${steps + 1} steps of ${batch} take ${wanted}.`
  throw badInput(message, 'Lower --steps or --batch.')
}

export const learningRates = { dpo: 1e-6, sft: 5.5e-6 }

/** The training settings of both sides. */
export const sharedSettings = { beta: 0.1, maxLength: 2048, maxGradNorm: 1 }

interface Work {
  readonly task: keyof typeof learningRates
  readonly model: string
  readonly rows: TrainParams['rows']
  readonly batch: number
  readonly precision: Precision
  readonly maxLength?: number
}

export interface TrainingTimes {
  /** The seconds of each step after the first, by the caller's clock. */
  readonly stepSeconds: readonly number[]
  /** From the end of model loading to the start of the first step: the reference log-probabilities, for DPO. */
  readonly prepareSeconds: number
  /** From the request to the end of the last step, including loading. */
  readonly allSeconds: number
  /** The measured steps' share of all tokens. */
  readonly measuredShare: number
}

/**
 * Run a training as a user would, up to its last step (without saving, which the peer doesn't do either). The first step
 * is a warm-up.
 */
export async function timeTraining(engine: Engine, work: Work, onWarm: () => void, onDone: () => void): Promise<TrainingTimes> {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-bench-'))
  const ends: number[] = []
  const tokens: number[] = []
  const begin = performance.now() / 1000
  let loaded = 0
  let prepared = 0
  let last = 0
  try {
    for await (const item of engine.train(paramsOf(work, folder))) {
      const now = performance.now() / 1000
      if (item.kind === 'loaded') loaded = now
      if (item.kind === 'reference' || item.kind === 'started') prepared ||= now
      if (item.kind === 'started') last = item.steps
      if (item.kind !== 'step') continue
      ends.push(now)
      tokens.push(item.metrics.num_tokens)
      if (item.step === 1) onWarm()
      if (item.step === last) onDone()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    stepSeconds: ends.slice(1).map((end, i) => end - ends[i]),
    prepareSeconds: prepared - loaded,
    allSeconds: ends[ends.length - 1] - begin,
    measuredShare: 1 - tokens[0] / tokens[tokens.length - 1],
  }
}

const paramsOf = ({ task, model, rows, batch, precision, maxLength = sharedSettings.maxLength }: Work, folder: string): TrainParams => ({
  ...{ task, model, rows },
  config: trainConfig.parse({
    ...{ batch_size: batch, shuffle: false, save_steps: 0, precision },
    ...{ learning_rate: learningRates[task], lr_scheduler: 'linear', max_grad_norm: sharedSettings.maxGradNorm },
    ...{ max_length: maxLength, beta: sharedSettings.beta },
  }),
  out: join(folder, 'out'),
  checkpoints: join(folder, 'checkpoints'),
})
