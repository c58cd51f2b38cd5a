import type { AnyPairRow, StandingPairRow } from '../store/pairs.ts'
import type { ReviewRow } from '../store/reviews.ts'
import type { Reason } from '../store/training-pairs.ts'

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

/** What of a pair is needed to know what it trains as. */
export type PairTexts = Pick<AnyPairRow, 'instruction' | 'chosenText' | 'rejectedText'>
export type Decided = Pick<ReviewRow, 'decision' | 'chosenText' | 'rejectedText'> & { readonly reversed?: boolean }

/** What a pair becomes once a person has decided about it: the person outranks the judge. Undefined: it is not trained on. */
export function reviewedPair(pair: PairTexts, review: Decided | undefined): TrainingPair | undefined {
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
      const [better, worse] = review.reversed ? [rejected, chosen] : [chosen, rejected]
      const edited = { instruction, chosen: review.chosenText ?? better, rejected: review.rejectedText ?? worse }
      return edited.chosen === edited.rejected ? undefined : edited
    }
  }
}

/** What a prompt's pair trains as, and whose word that is. */
export interface Outcome {
  /** Undefined: it is left out. */
  readonly trains: TrainingPair | undefined
  readonly because: Reason
}

/**
 * What becomes of a prompt's pair. Rewards first, explicit decisions last:
 *
 * 1. The pair is the one that the recipe's rule makes of the rewards as they stand, where a person's reward takes the place of the judge's. So a
 *    rescore may turn a pair round (`reversed`), make another one, make one of a tie, or leave none (`dropped`).
 * 2. A decision is about two responses. It counts whenever these two are the prompt's pair, whichever of them has the larger reward by then: "the
 *    second is better" stays that. Where a rescore makes a pair of other responses, a decision on the old pair says nothing about the new one; it stays
 *    in the history, and counts again if its pair comes back.
 */
export function outcomeOf(pair: Omit<StandingPairRow, 'position' | 'promptId'>, review: Decided | undefined): Outcome {
  if (pair.dropped) return { trains: undefined, because: 'rescore' }
  if (review !== undefined && review.decision !== 'undo') return { trains: reviewedPair(pair, review), because: review.decision }
  const asRewarded = pair.reversed ? ({ decision: 'swap', chosenText: null, rejectedText: null } as const) : undefined
  return { trains: reviewedPair(pair, asRewarded), because: pair.reversed || pair.madeBy === 'person' ? 'rescore' : 'judge' }
}
