import { z } from 'zod'

const voteShare = z.object({ n: z.int(), accuracy: z.number().nullable(), low: z.number(), high: z.number() })

/** Agreement between judge and user, over votes on single pairs. Ties, edits, rescores, and bulk decisions are excluded. */
export const agreement = z.object({
  n: z.int(),
  ties: z.int(),
  blind: z.int(), // included in n
  accuracy: z.number().nullable(),
  interval: z.object({ low: z.number(), high: z.number() }), // 95%
  kappa: z.number().nullable(),
  /** The same for a judge that always prefers the longer response. */
  constantAccuracy: z.number().nullable(),
  lengthAccuracy: z.number().nullable(),
  lengthKappa: z.number().nullable(),
  /** Votes by users who hadn't seen the judge's scores, and those by users who had. */
  apart: z.object({ blind: voteShare, open: voteShare }),
})
export type Agreement = z.infer<typeof agreement>
