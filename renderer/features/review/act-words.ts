import type { QueueEntry } from '../../../main/api/contract/review.ts'
import type { ReviewAct, UndoStep } from '../../../main/api/contract/review-acts.ts'
import { count } from '../../components/format.ts'

type Decision = NonNullable<QueueEntry['decision']>

/** What was decided about many pairs. */
export const batchWords: Readonly<Record<Decision, string>> = {
  agree: 'confirmed',
  'both-bad': 'left out',
  tie: 'called a tie',
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

/** An act in a few words: "50 pairs left out". */
export function actWords({ kind, decision, subjects }: ReviewAct): string {
  switch (kind) {
    case 'batch':
      return `${pairsText(subjects)} ${batchWords[decision ?? 'undo']}`
    case 'decision':
      return voteWords[decision ?? 'undo']
    case 'rescore':
      return subjects === 1 ? 'a score by hand' : `${count(subjects)} scores by hand`
    case 'note':
      return 'the note'
  }
}

/** What an undo or a redo did: "Undone: 48 pairs left out. 2 pairs were decided about again since and stay as they are." */
export function stepWords(direction: 'undo' | 'redo', { act, kept }: UndoStep): string {
  const words = `${direction === 'undo' ? 'Undone' : 'Redone'}: ${actWords(act)}.`
  if (kept === 0) return words
  return `${words} ${kept === 1 ? '1 pair was decided about again since and stays as it is.' : `${count(kept)} pairs were decided about again since and stay as they are.`}`
}
