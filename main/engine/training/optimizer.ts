import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { TrainConfig } from '../../shared/train-config.ts'
import { replay } from '../backends/functions/replay.ts'
import { type Moments, squaredNorms } from '../kernels/adamw.ts'
import type { Gradients } from '../model/gradients.ts'

export type Schedule = Pick<TrainConfig, 'learning_rate' | 'min_learning_rate' | 'lr_scheduler' | 'warmup_steps'>

/**
 * Learning rate of update `step` (from 0) out of `total`: linear warmup, then constant, or linear or cosine decay to the floor:
 *
 *     floor + (peak - floor) (1 + cos(pi p)) / 2,   p = (step - warmup) / (total - warmup)
 *
 * The first warmup step has peak / warmup. In transformers it has 0, which wastes the step.
 */
export function learningRateAt(step: number, total: number, schedule: Schedule): number {
  const { learning_rate: peak, min_learning_rate: floor, warmup_steps: warmup } = schedule
  if (step < warmup) return (peak * (step + 1)) / warmup
  const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup))
  switch (schedule.lr_scheduler) {
    case 'constant':
      return peak
    case 'linear':
      return peak + (floor - peak) * progress
    case 'cosine':
      return floor + ((peak - floor) * (1 + Math.cos(Math.PI * progress))) / 2
  }
}

/** Initial optimizer moments of a parameter. Filled on the device, since zeros on the host would be as large as the model. */
export const zeroMoments = ({ shape }: { readonly shape: readonly number[] }): Moments => ({
  m: tf.fill([...shape], 0),
  v: tf.fill([...shape], 0),
})

/** Squared Euclidean norm over all gradients, a scalar. */
export function squaredNormOf(gradients: Gradients): Tensor {
  const all = gradients.names.map((name) => gradients.get(name)!)
  return replay('squared norm', all, () => squaredNorms(all))
}

/** Factor that scales the norm down to `max`; 1 if it is smaller (torch's `clip_grad_norm_`). */
export const clipFactor = (norm: number, max: number | null): number => (max === null ? 1 : Math.min(1, max / (norm + 1e-6)))
