import { z } from 'zod'

/** A requirement of a judged response, and the probability that the response meets it. */
export const judgedPart = z.object({ text: z.string(), weight: z.number(), yes: z.number() })
export type JudgedPart = z.infer<typeof judgedPart>

const withParts = z.object({ parts: z.array(judgedPart) })

/** The parts of a judgement, from its detail; null: it has none. */
export function partsOf(detail: unknown): JudgedPart[] | null {
  const parts = withParts.safeParse(detail).data?.parts ?? []
  return parts.length === 0 ? null : parts
}

/** What a user decided about each part: met, not met, or null for the judge's probability. */
export const partsByHand = z.array(z.boolean().nullable()).readonly()
export type PartsByHand = z.infer<typeof partsByHand>

/**
 * The reward of a checklist: the weighted mean of the probabilities that its requirements are met (Gunjal et al. 2025, Rubrics as Rewards),
 * times their number n,
 *
 *     r = n sum_i w_i p_i / sum_i w_i,   0 <= r <= n
 *
 * With equal weights, the expected number of requirements that are met: a gap of 1 is one requirement, however many there are. Null without
 * parts.
 */
export function rewardOfParts(parts: readonly Pick<JudgedPart, 'weight' | 'yes'>[]): number | null {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0)
  return total > 0 ? (parts.length * parts.reduce((sum, { weight, yes }) => sum + weight * yes, 0)) / total : null
}

/** The parts with the user's decisions in place of the judge's probabilities. */
export const withPartsByHand = (parts: readonly JudgedPart[], byHand: PartsByHand): JudgedPart[] =>
  parts.map((part, i) => {
    const met = byHand[i] ?? null
    return met === null ? part : { ...part, yes: met ? 1 : 0 }
  })
