import type { NewReview, ReviewRow } from '../store/reviews.ts'

/**
 * The row that takes decisions back, so that what stood before `history[at]` stands again. `history`: all decisions on the pair, oldest first. What
 * had been decided by hand comes back as it was, without its seconds, which were spent once.
 */
export function takingBack(history: readonly ReviewRow[], at: number): NewReview {
  const { pairId } = history[at]
  const before = history[at - 1]
  if (before === undefined || before.decision === 'undo') return { pairId, decision: 'undo' }
  const { decision, chosenText, rejectedText, reversed, blind, batchId } = before
  return { pairId, decision, chosenText, rejectedText, reversed, blind, batchId }
}
