import { meanOrNull, runningMean } from '../../common/numbers.ts'
import type { PairReason } from '../../shared/enums.ts'
import type { AnyPairRow, StandingPairRow } from '../../store/tables/pairs-table.ts'
import type { ReviewRow } from '../../store/tables/reviews-table.ts'
import { allAboveMargin } from './all-above-margin.ts'
import { anchored } from './anchored.ts'
import { bestVersusWorst } from './best-versus-worst.ts'
import { lengthControlled } from './length-controlled.ts'
import { eligible, mayPair, type Pair, type PairRule, type PairSettings, type RewardedCandidate } from './pair-rule.ts'

/** Every rule that a recipe can name. */
const pairRules: Readonly<Record<PairSettings['rule'], PairRule>> = {
  'best-v-worst': bestVersusWorst,
  'all-above-margin': allAboveMargin,
  'length-controlled': lengthControlled,
  anchored,
  'human-only': bestVersusWorst, // `outcomeOf` leaves out what the user hasn't decided
}

/**
 * The preference pairs of one prompt's candidates by the recipe's rule, the most important first. Candidates without a reward are ignored.
 * The same two texts make one pair, however often they were sampled.
 */
export function pairsOf(candidates: readonly RewardedCandidate[], settings: PairSettings): Pair[] {
  const choices = pairRules[settings.rule](eligible(candidates, settings), settings).filter((choice) => mayPair(choice, settings))
  const byTexts = Map.groupBy(choices, (choice) => JSON.stringify(choice.map(({ text }) => text.trim()).sort()))
  return [...byTexts.values()].slice(0, settings.max_per_prompt).map(([[chosen, rejected]]) => ({
    ...{ chosenId: chosen.id, rejectedId: rejected.id },
    ...{ chosenReward: chosen.reward, rejectedReward: rejected.reward },
  }))
}

/** The mean of the parsed judgements, or null without any. A parse failure isn't a score and doesn't count. */
export function rewardOf(scores: readonly (number | null)[]): number | null {
  return meanOrNull(scores.filter((score) => score !== null))
}

/** The share of prompts with two or more rewards whose best reward equals the worst. Takes the rewards of each prompt. */
export function tieShareOf(rewards: Iterable<RewardsOfPrompt>): number | null {
  const ties = runningMean()
  for (const ofPrompt of rewards) if (ofPrompt.length >= 2) ties.add(gapIn(ofPrompt) === 0 ? 1 : 0)
  return ties.valueOrNull()
}

type RewardsOfPrompt = ArrayLike<number> & Iterable<number>

const gapIn = (rewards: RewardsOfPrompt): number => Math.max(...rewards) - Math.min(...rewards)

/** The share of prompts on which the judge decides: whose best and worst rewards differ, by `minGap` or more. Takes the rewards of each prompt. */
export function decidedShareOf(rewards: Iterable<RewardsOfPrompt>, minGap: number): number | null {
  const decided = runningMean()
  for (const ofPrompt of rewards) {
    if (ofPrompt.length === 0) continue
    const gap = gapIn(ofPrompt)
    decided.add(gap > 0 && gap >= minGap ? 1 : 0)
  }
  return decided.valueOrNull()
}

/** A pair in its training form. */
export interface TrainingPair {
  readonly instruction: string
  readonly chosen: string
  readonly rejected: string
  /** How far two judges agree on the prompt's ranking, 0 to 1. Missing: the pair counts in full. */
  readonly consistency?: number
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

/** What a pair contributes to training, and why. */
export interface Outcome {
  /** Undefined: left out. */
  readonly trains: TrainingPair | undefined
  readonly because: PairReason
}

/** Whether the user is the reason, not the judge. */
export const isByUser = (because: PairReason): boolean => because !== 'judge' && because !== 'undecided'

/**
 * What a pair contributes to training. Rewards apply first, explicit decisions last:
 *
 * 1. The recipe's rule builds a prompt's pairs from the current rewards, in which a reward set by the user replaces the judge's. So a
 *    rescore can swap a pair (`reversed`), build a different one, break a tie, or leave none (`dropped`).
 * 2. A decision is about two responses. It applies whenever these two are a pair of the prompt, whichever of them has the higher reward:
 *    "the second is better" stays true. If a rescore builds a pair of other responses, a decision on the old pair doesn't apply to the new
 *    one. It stays in the history, and applies again if its pair returns.
 *
 * By the rule `human-only`, what the judge alone decided isn't trained on.
 */
export function outcomeOf(
  pair: Omit<StandingPairRow, 'position' | 'promptId'>,
  review: Decided | undefined,
  rule: PairSettings['rule'] = 'best-v-worst',
): Outcome {
  if (pair.dropped) return { trains: undefined, because: 'rescore' }
  if (review !== undefined && review.decision !== 'undo') return { trains: reviewedPair(pair, review), because: review.decision }
  const isRescored = pair.reversed || pair.madeBy === 'person'
  if (rule === 'human-only' && !isRescored) return { trains: undefined, because: 'undecided' }
  const asRewarded = pair.reversed ? ({ decision: 'swap', chosenText: null, rejectedText: null } as const) : undefined
  return { trains: reviewedPair(pair, asRewarded), because: isRescored ? 'rescore' : 'judge' }
}
