import { z } from 'zod'

/** Named figures; null: undefined for this data (a correlation of constants). */
export const figures = z.record(z.string(), z.number().nullable())
export type Figures = z.infer<typeof figures>

/** An evaluation that a run made of one of its models. */
export const runEvaluation = z.object({
  runId: z.string(),
  runName: z.string(),
  model: z.string(),
  kind: z.string(), // 'head-to-head', 'judge' or a checker's name
  against: z.string(), // '' if not applicable
  judge: z.string(),
  figures,
})
export type RunEvaluation = z.infer<typeof runEvaluation>

/** What a run's data offers for evaluations. */
export const evaluationSource = z.object({
  runId: z.string(),
  runName: z.string(),
  heldOut: z.int(), // prompts
  ranked: z.int(), // human-ranked answers held out
  instructions: z.int(), // in the seed data
})
