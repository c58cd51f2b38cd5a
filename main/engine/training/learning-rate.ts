import type { TrainConfig } from '../../shared/train-config.ts'

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
