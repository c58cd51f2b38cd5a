import { z } from 'zod'
import type { TrainingRow } from '../../store/tables/trainings-table.ts'

const batches = z.object({ batch_size: z.int().min(1), gradient_accumulation: z.int().min(1).default(1) })

/** Rows per optimizer step of a training (steps count from 1). The last step of an epoch gets the remainder. */
export function rowsOfSteps({ rows, config }: Pick<TrainingRow, 'rows' | 'config'>): { full: number; of(step: number): number } {
  const found = batches.safeParse(config)
  if (!found.success || rows < 1) return { full: 1, of: () => 1 } // batch size unknown: treat all steps alike
  const size = found.data.batch_size * found.data.gradient_accumulation
  const perEpoch = Math.ceil(rows / size)
  const last = rows - (perEpoch - 1) * size
  return { full: Math.min(size, rows), of: (step) => (step % perEpoch === 0 ? last : size) }
}
