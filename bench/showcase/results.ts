import { z } from 'zod'
import { runDetails } from '../../main/shared/contract/runs-contract.ts'
import { outsideMeasures } from '../../main/shared/outside-measures.ts'
import { arms } from './arms.ts'

const share = z.object({ followed: z.number(), words: z.number() })
const openEnded = z.object({ words: z.number(), distinct2: z.number(), perplexity: z.number() })

/** What a finished run measured. Shares are of prompts whose answer meets every requirement. */
export const armResult = z.object({
  arm: z.enum(arms),
  seed: z.int(),
  minutes: z.number(),
  /** By model and measure. */
  models: z.record(z.string(), z.partialRecord(z.enum(outsideMeasures), share)),
  /** From M1 to the last model, paired by prompt. */
  gains: runDetails.shape.gains,
  /** The area under the curve of each model as a judge of graded responses held out. */
  judging: z.record(z.string(), z.number()),
  openEnded: z.record(z.string(), openEnded),
})
export type ArmResult = z.infer<typeof armResult>

/** The file of results: finished runs, to which others are added. */
export const showcaseResults = z.object({ machine: z.string(), runs: z.array(armResult) })
export type ShowcaseResults = z.infer<typeof showcaseResults>
