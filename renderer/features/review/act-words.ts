import type { ReviewAct, UndoStep } from '../../../main/shared/contract/review-contract.ts'
import type { Decision } from '../../../main/shared/enums.ts'
import { count } from '../../components/format.ts'

/** Verbs for a bulk decision. */
export const batchWords: Readonly<Record<Decision, string>> = {
  agree: 'confirmed',
  'both-bad': 'left out',
  tie: 'marked as tied',
  swap: 'flipped',
  undo: 'cleared',
  edit: 'edited',
}

const voteWords: Readonly<Record<Decision, string>> = {
  agree: 'the vote with the judge',
  swap: 'the vote against the judge',
  tie: 'the tie',
  'both-bad': '“both bad”',
  edit: 'the edit',
  undo: 'the cleared decision',
}

export const pairsText = (n: number): string => (n === 1 ? '1 pair' : `${count(n)} pairs`)

/** Summary of an action: "50 pairs left out". */
export function actWords({ kind, decision, explains, subjects }: ReviewAct): string {
  switch (kind) {
    case 'batch':
      return `${pairsText(subjects)} ${batchWords[decision ?? 'undo']}`
    case 'decision':
      return explains ? 'the reasons' : voteWords[decision ?? 'undo']
    case 'rescore':
      return subjects === 1 ? 'a manual score' : `${count(subjects)} manual scores`
    case 'note':
      return 'the note'
  }
}

/** What an undo or redo did: "Undone: 48 pairs left out. 2 pairs have newer decisions and were left as they are." */
export function stepWords(direction: 'undo' | 'redo', { act, kept }: UndoStep): string {
  const words = `${direction === 'undo' ? 'Undone' : 'Redone'}: ${actWords(act)}.`
  if (kept === 0) return words
  return `${words} ${kept === 1 ? '1 pair has a newer decision and was left as it is.' : `${count(kept)} pairs have newer decisions and were left as they are.`}`
}
