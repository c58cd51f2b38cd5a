import type { TrainConfig } from '../../train-config.ts'

export type Schedule = Pick<TrainConfig, 'learning_rate' | 'min_learning_rate' | 'lr_scheduler' | 'warmup_steps'>

/**
 * Learning rate of update `step` (from 0) out of `total`: linear warm-up, then constant, or falling to the floor by a
 * straight line or half a cosine:
 *
 *     floor + (peak - floor) (1 + cos(pi p)) / 2,   p = (step - warmup) / (total - warmup)
 *
 * The first update of a warm-up has peak / warmup, not 0 as in transformers, where it is wasted.
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
