import { useMemo, useState } from 'react'
import type { ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { noReasoning, type Reasoning, type ReviewReason } from '../../../main/shared/review-reasons.ts'
import { withToggled } from '../../components/why/reason-actions.ts'
import { keepReasoningDraft, reasoningDraft } from './drafts.ts'
import type { Vote } from './optimistic.ts'
import { useOwnName } from './own-name.ts'
import { ownDecision, reasoningFor } from './reasoning.ts'
import { standingDecision } from './sides.ts'
import type { Writes } from './use-writes.ts'

/**
 * Why this user decides on the pair as they do. Before the decision it is a draft, stored with the decision; afterwards, each change is
 * stored as a new version of the decision.
 */
export function useReasoning(shown: ReviewItem | undefined, writes: Writes) {
  const name = useOwnName()
  const [kept, setKept] = useState<{ pairId: number; draft: Reasoning | null } | null>(null)
  /** What is being stored: an answer to an earlier change must not hide a later one. */
  const [pending, setPending] = useState<{ pairId: number; next: Reasoning } | null>(null)
  const pairId = shown?.pair?.id ?? null
  const draft = useMemo(() => {
    if (pairId === null) return null
    return kept?.pairId === pairId ? kept.draft : reasoningDraft(pairId)
  }, [kept, pairId])

  return useMemo(() => {
    const standing = shown && standingDecision(shown)
    const own = shown && ownDecision(shown, name)
    const sent = standing !== undefined && pending?.pairId === pairId ? pending.next : undefined
    const { reasons, comment }: Reasoning = sent ?? own ?? (standing === undefined ? draft : null) ?? noReasoning
    function keep(of: number, next: Reasoning | null): void {
      const content = next === null || (next.reasons.length === 0 && next.comment === '') ? null : next
      setKept({ pairId: of, draft: content })
      keepReasoningDraft(of, content)
    }
    function change(next: Reasoning): void {
      if (shown === undefined || pairId === null) return
      if (standing === undefined) {
        keep(pairId, next)
        return
      }
      const sending = { pairId, next }
      setPending(sending)
      void writes.explain(shown, standing.decision, next).then(() => setPending((now) => (now === sending ? null : now)))
    }
    return {
      ...{ reasons, comment },
      /** It is stored, and not a draft. */
      isStored: own !== undefined || sent !== undefined,
      /** The comment as it was typed last, saved or not. */
      typed: draft?.comment ?? comment,
      toggle: (reason: ReviewReason): void => change({ reasons: withToggled(reasons, reason), comment }),
      /** Keeps each keystroke. */
      type(text: string): void {
        if (pairId !== null) keep(pairId, { reasons, comment: text })
      },
      say(text: string): void {
        change({ reasons, comment: text.trim() })
        if (standing !== undefined && pairId !== null) keep(pairId, null)
      },
      for: (vote: Vote): Reasoning => reasoningFor(vote, own && { ...own, reasons, comment }, standing === undefined ? draft : null),
      /** The draft is stored. */
      clear: (of: number): void => keep(of, null),
    }
  }, [shown, name, draft, pending, pairId, writes])
}
