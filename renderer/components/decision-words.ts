import type { Decision } from '../../main/shared/enums.ts'

/** A user's decisions on a pair, in words. */
export const decisionWords: Readonly<Record<Decision, string>> = {
  agree: 'confirmed',
  swap: 'flipped',
  tie: 'tie, left out',
  'both-bad': 'both bad, left out',
  edit: 'edited',
  undo: 'undone',
}
