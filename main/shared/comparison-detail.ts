import { z } from 'zod'

/** The detail of a judgement by comparison with a prompt's other responses. */
export const comparisonDetail = z.object({
  /** The other response's place among the prompt's, and the log-odds of a verdict for this one, shown first and shown second. */
  comparisons: z.array(z.object({ against: z.int(), shown: z.number(), swapped: z.number() })),
  /** How many of the comparisons depend on the order. */
  flips: z.int(),
})
export type ComparisonDetail = z.infer<typeof comparisonDetail>

/** The share of comparisons that depend on the order, over judgements' details; null: there are no comparisons. */
export function flipRateOf(details: readonly unknown[]): number | null {
  const found = details.flatMap((detail) => comparisonDetail.safeParse(detail).data ?? [])
  const compared = found.reduce((sum, { comparisons }) => sum + comparisons.length, 0)
  return compared === 0 ? null : found.reduce((sum, { flips }) => sum + flips, 0) / compared
}
