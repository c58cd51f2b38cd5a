import type { Decision } from '../../main/shared/enums.ts'
import type { Reasoning, ReviewReason } from '../../main/shared/review-reasons.ts'

/** A user's decisions on a pair, in words. */
export const decisionWords: Readonly<Record<Decision, string>> = {
  agree: 'confirmed',
  swap: 'flipped',
  tie: 'tie, left out',
  'both-bad': 'both bad, left out',
  edit: 'edited',
  undo: 'undone',
}

/** What a decision is based on, in words. */
export const reasonWords: Readonly<Record<ReviewReason, string>> = {
  correctness: 'correctness',
  'instruction-following': 'instruction following',
  helpfulness: 'helpfulness',
  clarity: 'clarity',
  safety: 'safety',
  length: 'length',
  format: 'format',
}

/** "because of correctness, length: “Its second step is wrong.”"; empty: no reason was given. */
export function reasonsText({ reasons, comment }: Reasoning): string {
  const named = reasons.length === 0 ? 'because' : `because of ${reasons.map((reason) => reasonWords[reason]).join(', ')}`
  if (comment === '') return reasons.length === 0 ? '' : named
  return `${named}: “${comment}”`
}
