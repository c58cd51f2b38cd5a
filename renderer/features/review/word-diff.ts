import { diffWordsWithSpace } from 'diff'

/** A piece of a text: common to both texts, or only in this one. */
export interface Piece {
  readonly text: string
  readonly isOwn: boolean
}

/** Long texts with little in common take long to diff, and the result is useless. */
const limits = { timeout: 200, maxEditLength: 4000 }

/** Both texts in pieces, word by word; undefined if they are too different to compare. */
export function wordDiff(left: string, right: string): { left: Piece[]; right: Piece[] } | undefined {
  const changes = diffWordsWithSpace(left, right, limits)
  if (changes === undefined) return undefined
  return {
    left: changes.filter(({ added }) => !added).map(({ value, removed }) => ({ text: value, isOwn: removed })),
    right: changes.filter(({ removed }) => !removed).map(({ value, added }) => ({ text: value, isOwn: added })),
  }
}
