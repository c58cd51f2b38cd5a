import { type Reasoning, reasoning } from '../../../main/shared/review-reasons.ts'
import { keepLocalDraft, localDraft } from '../../components/local-draft.ts'
import { type Role, type Sides, sideOf } from './sides.ts'

/**
 * An unsaved edit of a pair. Kept in the browser, so that it survives a reload or a crash; by role, because the sides of the responses change
 * with blind mode.
 */
export interface EditDraft {
  readonly chosen: string
  readonly rejected: string
  readonly better: Role | null
}

const keyOfEdit = (pairId: number): string => `laurel.review.edit.${pairId}`
const keyOfReasoning = (pairId: number): string => `laurel.review.why.${pairId}`
const keyOfNote = (promptId: number): string => `laurel.review.note.${promptId}`

export function editDraft(pairId: number): EditDraft | null {
  const draft = localDraft(keyOfEdit(pairId))
  if (typeof draft !== 'object' || draft === null || !('chosen' in draft) || !('rejected' in draft) || !('better' in draft)) return null
  const { chosen, rejected, better } = draft
  if (typeof chosen !== 'string' || typeof rejected !== 'string') return null
  return { chosen, rejected, better: better === 'chosen' || better === 'rejected' ? better : null }
}
export const keepEditDraft = (pairId: number, draft: EditDraft | null): void => keepLocalDraft(keyOfEdit(pairId), draft)

export function noteDraft(promptId: number): string | null {
  const draft = localDraft(keyOfNote(promptId))
  return typeof draft === 'string' ? draft : null
}
export const keepNoteDraft = (promptId: number, text: string | null): void => keepLocalDraft(keyOfNote(promptId), text)

export const reasoningDraft = (pairId: number): Reasoning | null => reasoning.safeParse(localDraft(keyOfReasoning(pairId))).data ?? null
export const keepReasoningDraft = (pairId: number, draft: Reasoning | null): void => keepLocalDraft(keyOfReasoning(pairId), draft)

/** An edit as a decision on the stored pair. An unchanged text is sent as null. */
export function editOf(draft: Readonly<EditDraft>, sides: Sides) {
  const [better, worse]: Role[] = draft.better === 'chosen' ? ['chosen', 'rejected'] : ['rejected', 'chosen']
  const changed = (role: Role): string | null => (draft[role] === sides[sideOf(sides, role === 'chosen')].text ? null : draft[role])
  return { decision: 'edit' as const, chosenText: changed(better), rejectedText: changed(worse), reversed: better === 'rejected' }
}
