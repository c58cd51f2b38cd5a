import { z } from 'zod'

/** Named figures; null: undefined for this data (a correlation of constants). */
export const figures = z.record(z.string(), z.number().nullable())
export type Figures = z.infer<typeof figures>

/** What a run's data offers for evaluations. */
export const evaluationSource = z.object({
  runId: z.string(),
  runName: z.string(),
  heldOut: z.int(), // prompts
  ranked: z.int(), // human-ranked answers held out
  instructions: z.int(), // in the seed data
})
