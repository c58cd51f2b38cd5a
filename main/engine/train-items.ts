import { z } from 'zod'

/** A row that can't be done, and why. */
export const leftOutRow = z.object({ leftOut: z.string(), row: z.int() })
export type LeftOutRow = z.infer<typeof leftOutRow>

/** Metrics of one optimiser step, by TRL's names. */
export const stepMetrics = z.record(z.string(), z.number())
export type StepMetrics = z.infer<typeof stepMetrics>

export const trainItem = z.union([
  z.object({ kind: z.literal('loaded'), seconds: z.number() }),
  /** After this, the steps up to `resumedFrom` are told again, in case they were lost. No steps at all: `out` was complete. */
  z.object({
    kind: z.literal('started'),
    steps: z.int(),
    resumedFrom: z.int(),
    truncatedRows: z.int(),
    /** Rows that aren't trained on: they can't be read, or none of their tokens counts. */
    leftOut: z.array(leftOutRow).optional(),
  }),
  z.object({ kind: z.literal('step'), step: z.int(), metrics: stepMetrics }),
  /** How far the reference model's pass over the pairs is. */
  z.object({ kind: z.literal('reference-progress'), done: z.int(), total: z.int() }),
  z.object({ kind: z.literal('reference'), row: z.int(), chosen: z.number(), rejected: z.number() }),
  z.object({ kind: z.literal('checkpoint'), step: z.int(), path: z.string() }),
])
export type TrainItem = z.infer<typeof trainItem>
