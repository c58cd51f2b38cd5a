import type { PairRow } from '../store/pairs.ts'
import type { ReviewRow } from '../store/reviews.ts'

/** A candidate and its reward: null where no judgement of it could be read. */
export interface RewardedCandidate {
  readonly id: number
  readonly text: string
  readonly reward: number | null
  readonly finishReason: 'stop' | 'length'
}

export interface PairRule {
  readonly min_gap: number
  readonly finished_only: boolean
}

export interface Pair {
  readonly chosenId: number
  readonly rejectedId: number
  readonly chosenReward: number
  readonly rejectedReward: number
}

/** The mean of the judgements that could be read; null where none could. A failure to read is no score and counts for nothing. */
export function rewardOf(scores: readonly (number | null)[]): number | null {
  const readable = scores.filter((score) => score !== null)
  return readable.length === 0 ? null : readable.reduce((sum, score) => sum + score, 0) / readable.length
}

/**
 * The pair one prompt's candidates make: the best reward against the worst (paper, section 2.2), the first of equals. None where they tie,
 * where the gap is below `min_gap`, or where both say the same. Candidates without a reward take no part.
 */
export function bestVersusWorst(candidates: readonly RewardedCandidate[], rule: PairRule): Pair | undefined {
  const eligible = candidates.filter(({ finishReason }) => !rule.finished_only || finishReason === 'stop')
  let best: RewardedCandidate | undefined
  let worst: RewardedCandidate | undefined
  for (const candidate of eligible) {
    if (candidate.reward === null) continue
    if (best === undefined || candidate.reward > best.reward!) best = candidate
    if (worst === undefined || candidate.reward < worst.reward!) worst = candidate
  }
  if (best === undefined || worst === undefined) return undefined
  const gap = best.reward! - worst.reward!
  if (gap <= 0 || gap < rule.min_gap || best.text.trim() === worst.text.trim()) return undefined
  return { chosenId: best.id, rejectedId: worst.id, chosenReward: best.reward!, rejectedReward: worst.reward! }
}

/** A pair as it is trained on. */
export interface TrainingPair {
  readonly instruction: string
  readonly chosen: string
  readonly rejected: string
}

/** What a pair becomes once a person has decided about it: the person outranks the judge. Undefined: it is not trained on. */
export function reviewedPair(pair: PairRow, review: ReviewRow | undefined): TrainingPair | undefined {
  const { instruction, chosenText: chosen, rejectedText: rejected } = pair
  switch (review?.decision) {
    case undefined:
    case 'undo':
    case 'agree':
      return { instruction, chosen, rejected }
    case 'swap':
      return { instruction, chosen: rejected, rejected: chosen }
    case 'tie':
    case 'both-bad':
      return undefined
    case 'edit': {
      const edited = { instruction, chosen: review.chosenText ?? chosen, rejected: review.rejectedText ?? rejected }
      return edited.chosen === edited.rejected ? undefined : edited
    }
  }
}
