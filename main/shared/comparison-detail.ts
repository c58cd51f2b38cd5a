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
export function flipRateOf(details: Iterable<unknown>): number | null {
  const flips = flipCount()
  for (const detail of details) flips.add(detail)
  return flips.rate()
}

/** The same of details that come one by one. */
export function flipCount() {
  let [compared, flipped] = [0, 0]
  return {
    add(detail: unknown): void {
      const found = comparisonDetail.safeParse(detail).data
      compared += found?.comparisons.length ?? 0
      flipped += found?.flips ?? 0
    },
    rate: (): number | null => (compared === 0 ? null : flipped / compared),
  }
}
