import type { QueueEntry, ReviewDecision, ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import type { Reasoning } from '../../../main/shared/review-reasons.ts'

/** A decision to send. */
export interface Vote extends Partial<Reasoning> {
  readonly decision: ReviewDecision['decision']
  readonly chosenText?: string | null
  readonly rejectedText?: string | null
  readonly reversed?: boolean
  readonly blind?: boolean
}

/** The item as it will be after the vote is stored, for an optimistic update. */
export function withVote(
  item: ReviewItem,
  { decision, chosenText = null, rejectedText = null, reversed = false, blind = false, reasons = [], comment = '' }: Vote,
): ReviewItem {
  const review: ReviewDecision = {
    ...{ id: -1, reviewer: '', at: new Date().toISOString(), seconds: null, batchId: null },
    ...{ decision, chosenText, rejectedText, reversed, blind, reasons, comment },
  }
  const because = decision === 'undo' ? 'judge' : decision
  return { ...item, decisions: [...item.decisions, review], because, entry: entryWithVote(item.entry, decision) }
}

const entryWithVote = (entry: QueueEntry, decision: ReviewDecision['decision']): QueueEntry => ({
  ...entry,
  decision: decision === 'undo' ? null : decision,
  overridden: decision !== 'agree' && decision !== 'undo',
})
