import type { ReviewCandidate, ReviewDecision, ReviewItem } from '../../../main/api/contract/review.ts'

export type SideName = 'left' | 'right'

/** Which response stands where. */
export interface Sides {
  readonly left: ReviewCandidate
  readonly right: ReviewCandidate
  /** The pair's chosen response, as its row has it, stands at the left. */
  readonly chosenIsLeft: boolean
}

/** A coin that always falls the same way for one pair. */
export function coinOf(pairId: number): boolean {
  let hash = Math.imul(pairId ^ (pairId >>> 16), 0x45d9f3b)
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return ((hash ^ (hash >>> 16)) & 1) === 1
}

/** The pair's two responses, at the places they keep while it is looked at: mixed by a coin in blind mode, else the pair's chosen one at the left. */
export function sidesOf({ pair, candidates }: Pick<ReviewItem, 'pair' | 'candidates'>, isBlind: boolean): Sides | null {
  if (pair === null) return null
  const find = (wanted: number): ReviewCandidate | undefined => candidates.find(({ id }) => id === wanted)
  const [chosen, rejected] = [find(pair.chosenId), find(pair.rejectedId)]
  if (chosen === undefined || rejected === undefined) return null
  const chosenIsLeft = !isBlind || coinOf(pair.id)
  return chosenIsLeft ? { left: chosen, right: rejected, chosenIsLeft } : { left: rejected, right: chosen, chosenIsLeft }
}

/** A response as the pair's row has it, wherever it stands. */
export type Role = 'chosen' | 'rejected'

export const roleAt = ({ chosenIsLeft }: Pick<Sides, 'chosenIsLeft'>, side: SideName): Role =>
  (side === 'left') === chosenIsLeft ? 'chosen' : 'rejected'

/** What it means for the pair's row that one side is better. */
export const decisionFor = ({ chosenIsLeft }: Sides, better: SideName): 'agree' | 'swap' =>
  (better === 'left') === chosenIsLeft ? 'agree' : 'swap'

/** The decision that counts, if any. */
export function standingDecision({ decisions }: Pick<ReviewItem, 'decisions'>): ReviewDecision | undefined {
  const newest = decisions.at(-1)
  return newest?.decision === 'undo' ? undefined : newest
}

export const sideOf = ({ chosenIsLeft }: Pick<Sides, 'chosenIsLeft'>, isChosen: boolean): SideName =>
  isChosen === chosenIsLeft ? 'left' : 'right'

/** The side that trains as chosen now; null: the pair is left out. */
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

/** The side that the judge's own rewards prefer; null: neither. */
export function judgesSide({ left, right }: Sides): SideName | null {
  if (left.judgeReward === null || right.judgeReward === null || left.judgeReward === right.judgeReward) return null
  return left.judgeReward > right.judgeReward ? 'left' : 'right'
}

/** A side's text as it trains: an edit's where there is one. */
export function textOf(item: ReviewItem, sides: Sides, side: SideName): { text: string; isEdited: boolean } {
  const original = sides[side].text
  const standing = standingDecision(item)
  if (standing?.decision !== 'edit') return { text: original, isEdited: false }
  const edited = betterSide(item, sides) === side ? standing.chosenText : standing.rejectedText
  return edited === null || edited === original ? { text: original, isEdited: false } : { text: edited, isEdited: true }
}

/** A response's score as it stands: a person's before the judge's. */
export const rewardOf = ({ reward, judgeReward }: ReviewCandidate): number | null => reward ?? judgeReward
