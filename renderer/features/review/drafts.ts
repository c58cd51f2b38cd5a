import type { SideName } from './sides.ts'

/** What is being written about a pair and is not saved yet. Kept in the browser, so that neither a reload nor a crash loses it. */
export interface EditDraft {
  readonly left: string
  readonly right: string
  readonly better: SideName | null
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
  if (typeof draft !== 'object' || draft === null || !('left' in draft) || !('right' in draft) || !('better' in draft)) return null
  const { left, right, better } = draft
  if (typeof left !== 'string' || typeof right !== 'string') return null
  return { left, right, better: better === 'left' || better === 'right' ? better : null }
}
export const keepEditDraft = (pairId: number, draft: EditDraft | null): void => write(keyOfEdit(pairId), draft)

export function noteDraft(promptId: number): string | null {
  const draft = read(keyOfNote(promptId))
  return typeof draft === 'string' ? draft : null
}
export const keepNoteDraft = (promptId: number, text: string | null): void => write(keyOfNote(promptId), text)
