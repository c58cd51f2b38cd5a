import type { ReviewCandidate, ReviewDecision, ReviewItem } from '../../../main/shared/contract/review-contract.ts'

export type SideName = 'left' | 'right'

/** Which response is on which side. */
export interface Sides {
  readonly left: ReviewCandidate
  readonly right: ReviewCandidate
  /** The stored pair's chosen response is on the left. */
  readonly chosenIsLeft: boolean
}

/** A coin flip that is always the same for one pair. */
export function coinOf(pairId: number): boolean {
  let hash = Math.imul(pairId ^ (pairId >>> 16), 0x45d9f3b)
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return ((hash ^ (hash >>> 16)) & 1) === 1
}

/** The pair's responses on their sides, which stay while the pair is open: shuffled in blind mode, otherwise the chosen one on the left. */
export function sidesOf({ pair, candidates }: Pick<ReviewItem, 'pair' | 'candidates'>, isBlind: boolean): Sides | null {
  if (pair === null) return null
  const find = (wanted: number): ReviewCandidate | undefined => candidates.find(({ id }) => id === wanted)
  const [chosen, rejected] = [find(pair.chosenId), find(pair.rejectedId)]
  if (chosen === undefined || rejected === undefined) return null
  const chosenIsLeft = !isBlind || coinOf(pair.id)
  return chosenIsLeft ? { left: chosen, right: rejected, chosenIsLeft } : { left: rejected, right: chosen, chosenIsLeft }
}

/** A response's role in the stored pair, whichever side it is on. */
export type Role = 'chosen' | 'rejected'

export const roleAt = ({ chosenIsLeft }: Pick<Sides, 'chosenIsLeft'>, side: SideName): Role =>
  (side === 'left') === chosenIsLeft ? 'chosen' : 'rejected'

/** The decision on the stored pair if this side is better. */
export const decisionFor = ({ chosenIsLeft }: Sides, better: SideName): 'agree' | 'swap' =>
  (better === 'left') === chosenIsLeft ? 'agree' : 'swap'

/** The decision in effect, if any. */
export function standingDecision({ decisions }: Pick<ReviewItem, 'decisions'>): ReviewDecision | undefined {
  const newest = decisions.at(-1)
  return newest?.decision === 'undo' ? undefined : newest
}

export const sideOf = ({ chosenIsLeft }: Pick<Sides, 'chosenIsLeft'>, isChosen: boolean): SideName =>
  isChosen === chosenIsLeft ? 'left' : 'right'

/** The side that currently trains as chosen; null: the pair isn't used. */
export function betterSide(item: ReviewItem, sides: Sides): SideName | null {
  const standing = standingDecision(item)
  switch (standing?.decision) {
    case 'tie':
    case 'both-bad':
      return null
    case 'agree':
      return sideOf(sides, true)
    case 'swap':
      return sideOf(sides, false)
    case 'edit':
      return sideOf(sides, !standing.reversed)
    default:
      return item.pair === null ? null : sideOf(sides, !item.pair.reversed)
  }
}

/** The side with the higher judge reward; null: neither. */
export function judgesSide({ left, right }: Sides): SideName | null {
  if (left.judgeReward === null || right.judgeReward === null || left.judgeReward === right.judgeReward) return null
  return left.judgeReward > right.judgeReward ? 'left' : 'right'
}

/** The text that a side trains with: the edited one if there is one. */
export function textOf(item: ReviewItem, sides: Sides, side: SideName): { text: string; isEdited: boolean } {
  const original = sides[side].text
  const standing = standingDecision(item)
  if (standing?.decision !== 'edit') return { text: original, isEdited: false }
  const edited = betterSide(item, sides) === side ? standing.chosenText : standing.rejectedText
  return edited === null || edited === original ? { text: original, isEdited: false } : { text: edited, isEdited: true }
}

/** Whether a judge made the pair. Without one, it is preferred to the model's own response because the seed data has it. */
export const wasJudged = ({ candidates }: Pick<ReviewItem, 'candidates'>): boolean =>
  candidates.some(({ judgements }) => judgements.length > 0)
