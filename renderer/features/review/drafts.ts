import { type Role, type Sides, sideOf } from './sides.ts'

/**
 * What is being written about a pair and is not saved yet. Kept in the browser, so that neither a reload nor a crash loses it; by the responses'
 * roles, because their sides change with blind mode.
 */
export interface EditDraft {
  readonly chosen: string
  readonly rejected: string
  readonly better: Role | null
}

const keyOfEdit = (pairId: number): string => `laurel.review.edit.${pairId}`
const keyOfNote = (promptId: number): string => `laurel.review.note.${promptId}`

function read(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null')
  } catch {
    return null // not ours
  }
}

function write(key: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // the browser keeps nothing: the draft lives as long as the page
  }
}

export function editDraft(pairId: number): EditDraft | null {
  const draft = read(keyOfEdit(pairId))
  if (typeof draft !== 'object' || draft === null || !('chosen' in draft) || !('rejected' in draft) || !('better' in draft)) return null
  const { chosen, rejected, better } = draft
  if (typeof chosen !== 'string' || typeof rejected !== 'string') return null
  return { chosen, rejected, better: better === 'chosen' || better === 'rejected' ? better : null }
}
export const keepEditDraft = (pairId: number, draft: EditDraft | null): void => write(keyOfEdit(pairId), draft)

export function noteDraft(promptId: number): string | null {
  const draft = read(keyOfNote(promptId))
  return typeof draft === 'string' ? draft : null
}
export const keepNoteDraft = (promptId: number, text: string | null): void => write(keyOfNote(promptId), text)

/** An edit as a decision on the pair's row; a text that was not changed is left as it is. */
export function editOf(draft: Readonly<EditDraft>, sides: Sides) {
  const [better, worse]: Role[] = draft.better === 'chosen' ? ['chosen', 'rejected'] : ['rejected', 'chosen']
  const changed = (role: Role): string | null => (draft[role] === sides[sideOf(sides, role === 'chosen')].text ? null : draft[role])
  return { decision: 'edit' as const, chosenText: changed(better), rejectedText: changed(worse), reversed: better === 'rejected' }
}
