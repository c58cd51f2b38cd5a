import type { QueueEntry, ReviewDecision, ReviewItem } from '../../../main/shared/contract/review-contract.ts'

/** A decision to send. */
export interface Vote {
  readonly decision: ReviewDecision['decision']
  readonly chosenText?: string | null
  readonly rejectedText?: string | null
  readonly reversed?: boolean
  readonly blind?: boolean
}

/** The item as it will be after the vote is stored, for an optimistic update. */
export function withVote(
  item: ReviewItem,
  { decision, chosenText = null, rejectedText = null, reversed = false, blind = false }: Vote,
): ReviewItem {
  const review: ReviewDecision = {
    ...{ id: -1, reviewer: '', at: new Date().toISOString(), seconds: null, batchId: null },
    ...{ decision, chosenText, rejectedText, reversed, blind },
  }
  const because = decision === 'undo' ? 'judge' : decision
  return { ...item, decisions: [...item.decisions, review], because, entry: entryWithVote(item.entry, decision) }
}

const entryWithVote = (entry: QueueEntry, decision: ReviewDecision['decision']): QueueEntry => ({
  ...entry,
  decision: decision === 'undo' ? null : decision,
  overridden: decision !== 'agree' && decision !== 'undo',
})
