import { meanOrNull } from '../../common/numbers.ts'
import type { PairReason } from '../../shared/enums.ts'
import type { AnyPairRow, StandingPairRow } from '../../store/tables/pairs-table.ts'
import type { ReviewRow } from '../../store/tables/reviews-table.ts'
import { bestVersusWorst } from './best-versus-worst.ts'
import { eligible, type Pair, type PairRule, type PairSettings, pairIfApart, type RewardedCandidate } from './pair-rule.ts'

/** Every rule that a recipe can name. */
const pairRules: Readonly<Record<PairSettings['rule'], PairRule>> = { 'best-v-worst': bestVersusWorst }

/** The preference pair from one prompt's candidates by the recipe's rule; undefined: none. Candidates without a reward are ignored. */
export const pairOf = (candidates: readonly RewardedCandidate[], settings: PairSettings): Pair | undefined =>
  pairIfApart(pairRules[settings.rule](eligible(candidates, settings)), settings)

/** The mean of the parsed judgements, or null without any. A parse failure isn't a score and doesn't count. */
export function rewardOf(scores: readonly (number | null)[]): number | null {
  return meanOrNull(scores.filter((score) => score !== null))
}

/** The share of prompts with two or more rewards whose best reward equals the worst. Takes the rewards of each prompt. */
export function tieShareOf(rewards: readonly (readonly number[])[]): number | null {
  return meanOrNull(
    rewards.filter(({ length }) => length >= 2).map((ofPrompt) => (Math.max(...ofPrompt) === Math.min(...ofPrompt) ? 1 : 0)),
  )
}

/** A pair in its training form. */
export interface TrainingPair {
  readonly instruction: string
  readonly chosen: string
  readonly rejected: string
}

/** The fields of a pair that determine its training form. */
type PairTexts = Pick<AnyPairRow, 'instruction' | 'chosenText' | 'rejectedText'>
type Decided = Pick<ReviewRow, 'decision' | 'chosenText' | 'rejectedText'> & { readonly reversed?: boolean }

/** A pair after the user's decision, which takes precedence over the judge. Undefined: left out of training. */
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

/** What a prompt's pair contributes to training, and why. */
export interface Outcome {
  /** Undefined: left out. */
  readonly trains: TrainingPair | undefined
  readonly because: PairReason
}

/**
 * What a prompt's pair contributes to training. Rewards apply first, explicit decisions last:
 *
 * 1. The recipe's rule builds the pair from the current rewards, in which a reward set by the user replaces the judge's. So a rescore can
 *    swap a pair (`reversed`), build a different one, break a tie, or leave none (`dropped`).
 * 2. A decision is about two responses. It applies whenever these two are the prompt's pair, whichever of them has the higher reward: "the
 *    second is better" stays true. If a rescore builds a pair of other responses, a decision on the old pair doesn't apply to the new one.
 *    It stays in the history, and applies again if its pair returns.
 */
export function outcomeOf(pair: Omit<StandingPairRow, 'position' | 'promptId'>, review: Decided | undefined): Outcome {
  if (pair.dropped) return { trains: undefined, because: 'rescore' }
  if (review !== undefined && review.decision !== 'undo') return { trains: reviewedPair(pair, review), because: review.decision }
  const asRewarded = pair.reversed ? ({ decision: 'swap', chosenText: null, rejectedText: null } as const) : undefined
  return { trains: reviewedPair(pair, asRewarded), because: pair.reversed || pair.madeBy === 'person' ? 'rescore' : 'judge' }
}
