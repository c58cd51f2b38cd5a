import { generators } from '../../common/random.ts'
import type { TrainConfig } from '../../shared/train-config.ts'

export type BatchOptions = Pick<TrainConfig, 'batch_size' | 'gradient_accumulation' | 'epochs' | 'shuffle' | 'seed' | 'random'>

/** Number of optimizer steps in a training over `rows` examples; an epoch's last batch may be smaller. */
export function totalSteps(rows: number, options: BatchOptions): number {
  return Math.ceil(options.epochs * stepsPerEpoch(rows, options))
}

/** Rows of step `step` (from 0). A function of seed and step only, so a resumed training continues exactly. */
export function rowsOfStep(rows: number, step: number, options: BatchOptions): number[] {
  const perEpoch = stepsPerEpoch(rows, options)
  const epoch = Math.floor(step / perEpoch)
  const { deriveSeed, permutation } = generators[options.random]
  const order = options.shuffle ? permutation(rows, deriveSeed(options.seed, 'epoch', epoch)) : Array.from({ length: rows }, (_, i) => i)
  const size = options.batch_size * options.gradient_accumulation
  const from = (step % perEpoch) * size
  return order.slice(from, from + size)
}

const stepsPerEpoch = (rows: number, options: BatchOptions): number =>
  Math.ceil(rows / (options.batch_size * options.gradient_accumulation))
