import { z } from 'zod'
import type { Decision } from './enums.ts'

/**
 * What a user's decision on a pair, or a vote in the arena, can be based on: the aspects that annotations for reward models name (UltraFeedback's instruction
 * following, truthfulness and helpfulness; HelpSteer2's correctness, clarity and verbosity). Of two bad responses, what is wrong with them.
 */
export const reviewReason = z.enum(['correctness', 'instruction-following', 'helpfulness', 'clarity', 'safety', 'length', 'format'])
export type ReviewReason = z.infer<typeof reviewReason>

/** Why a user decides as they do, if they say. */
export const reasoning = z.object({ reasons: z.array(reviewReason).max(reviewReason.options.length), comment: z.string().max(2000) })
export type Reasoning = z.infer<typeof reasoning>

export const noReasoning: Reasoning = { reasons: [], comment: '' }

/** Each reason once, in the order of the enum, so that the same reasons are always the same text. */
export const ordered = (reasons: readonly ReviewReason[]): ReviewReason[] =>
  reviewReason.options.filter((reason) => reasons.includes(reason))

interface Decided {
  readonly decision: Decision
  readonly chosenText: string | null
  readonly rejectedText: string | null
  readonly reversed: boolean
  readonly reviewer: string
}

/** Whether a row repeats the decision before it, so that only its reasons are new. */
export const isSameDecision = (a: Decided | undefined, b: Decided): boolean =>
  a !== undefined &&
  a.decision === b.decision &&
  a.chosenText === b.chosenText &&
  a.rejectedText === b.rejectedText &&
  a.reversed === b.reversed &&
  a.reviewer === b.reviewer
