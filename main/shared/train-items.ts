import { z } from 'zod'

/** A skipped row, and why. */
export const leftOutRow = z.object({ leftOut: z.string(), row: z.int() })
export type LeftOutRow = z.infer<typeof leftOutRow>

/** Metrics of one optimizer step, with TRL's names. */
export const stepMetrics = z.record(z.string(), z.number())
export type StepMetrics = z.infer<typeof stepMetrics>

export const trainItem = z.union([
  z.object({ kind: z.literal('loaded'), seconds: z.number() }),
  /** The steps up to `resumedFrom` are reported again after this item, in case they were lost. Zero steps: `out` was already complete. */
  z.object({
    kind: z.literal('started'),
    steps: z.int(),
    resumedFrom: z.int(),
    truncatedRows: z.int(),
    /** Skipped rows: unreadable, or none of their tokens has a loss weight. */
    leftOut: z.array(leftOutRow).optional(),
  }),
  z.object({ kind: z.literal('step'), step: z.int(), metrics: stepMetrics }),
  /** Progress of the reference model's pass over the pairs. */
  z.object({ kind: z.literal('reference-progress'), done: z.int(), total: z.int() }),
  z.object({ kind: z.literal('reference'), row: z.int(), chosen: z.number(), rejected: z.number() }),
  z.object({ kind: z.literal('checkpoint'), step: z.int(), path: z.string() }),
])
export type TrainItem = z.infer<typeof trainItem>
