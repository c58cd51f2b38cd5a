import type { ReviewDecision, ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { noReasoning, type Reasoning } from '../../../main/shared/review-reasons.ts'
import type { Vote } from './optimistic.ts'
import { standingDecision } from './sides.ts'

/** The decision in effect, if this user made it. One that isn't stored yet has no name. */
export function ownDecision(item: Pick<ReviewItem, 'decisions'>, name: string): ReviewDecision | undefined {
  const standing = standingDecision(item)
  return standing !== undefined && (standing.id < 0 || standing.reviewer === name) ? standing : undefined
}

/** What to store with a vote: the draft, or what the same decision already has. Another decision has reasons of its own. */
export function reasoningFor({ decision }: Vote, own: ReviewDecision | undefined, draft: Reasoning | null): Reasoning {
  const { reasons, comment } = own?.decision === decision ? own : ((own === undefined ? draft : null) ?? noReasoning)
  return { reasons, comment }
}
