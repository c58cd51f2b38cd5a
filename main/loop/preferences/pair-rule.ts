import { distinctPairs, wordsOf } from '../../evaluation/check-figures.ts'
import { characters } from '../../evaluation/reward-metrics.ts'
import type { FinishReason } from '../../shared/engine-protocol.ts'
import type { Recipe } from '../../shared/recipe.ts'

/** A candidate and its reward, null if none of its judgements could be parsed. */
export interface RewardedCandidate {
  readonly id: number
  readonly text: string
  readonly reward: number | null
  readonly finishReason: FinishReason
  /** M0 wrote it, as an answer for the model's own to be compared with. */
  readonly isAnchor?: boolean
  /** Its implicit reward, which a pair must agree with; null or missing: not known. */
  readonly implicit?: number | null
}

export interface Pair {
  readonly chosenId: number
  readonly rejectedId: number
  readonly chosenReward: number
  readonly rejectedReward: number
}

/** `pairs` of a recipe. */
export type PairSettings = Recipe['pairs']

/** The candidate to prefer, and the one to prefer it to. */
export type Choice = readonly [chosen: RatedCandidate, rejected: RatedCandidate]

export interface RatedCandidate extends RewardedCandidate {
  readonly reward: number
}

/**
 * Chooses pairs from one prompt's candidates that have a reward, in the order in which they were sampled. The first choice is the one to
 * keep if only one may be.
 */
export type PairRule = (candidates: readonly RatedCandidate[], settings: PairSettings) => readonly Choice[]

/** The candidates that the recipe's rule sees. Those without a reward are left out. */
export const eligible = (candidates: readonly RewardedCandidate[], settings: Pick<PairSettings, 'endings'>): RatedCandidate[] =>
  candidates.filter((candidate): candidate is RatedCandidate => {
    return candidate.reward !== null && (settings.endings !== 'finished' || candidate.finishReason === 'stop')
  })

/** What a response has to be like to be chosen. */
export type ChosenSettings = Pick<PairSettings, 'endings' | 'chosen_distinct'>

/** Those that may be chosen, which are preferred to any of all. */
export const choosable = (candidates: readonly RatedCandidate[], { endings, chosen_distinct }: ChosenSettings): readonly RatedCandidate[] =>
  candidates.filter(
    ({ finishReason, text }) =>
      (endings !== 'chosen-finished' || finishReason === 'stop') &&
      (chosen_distinct === 0 || (distinctPairs([wordsOf(text)]) ?? 1) >= chosen_distinct),
  )

/**
 * Whether a choice may become a pair, whatever the rule: not a tie, nor below `min_gap`, nor a text against itself, nor of too unequal
 * lengths or different endings, nor contradicted by the implicit reward.
 */
export function mayPair(
  [chosen, rejected]: Choice,
  settings: Pick<PairSettings, 'min_gap' | 'length_ratio' | 'agreement' | 'endings'>,
): boolean {
  if (settings.endings === 'same' && chosen.finishReason !== rejected.finishReason) return false
  const gap = chosen.reward - rejected.reward
  if (gap <= 0 || gap < settings.min_gap || chosen.text.trim() === rejected.text.trim()) return false
  if (settings.agreement && chosen.implicit != null && rejected.implicit != null && chosen.implicit <= rejected.implicit) return false
  if (settings.length_ratio === null) return true
  const [low, high] = settings.length_ratio
  const ratio = characters(chosen.text) / characters(rejected.text)
  return ratio >= low && ratio <= high
}
