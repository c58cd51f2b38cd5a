import type { FinishReason } from '../../shared/engine-protocol.ts'
import type { Recipe } from '../../shared/recipe.ts'

/** A candidate and its reward, null if none of its judgements could be parsed. */
export interface RewardedCandidate {
  readonly id: number
  readonly text: string
  readonly reward: number | null
  readonly finishReason: FinishReason
}

export interface Pair {
  readonly chosenId: number
  readonly rejectedId: number
  readonly chosenReward: number
  readonly rejectedReward: number
}

/** `pairs` of a recipe. */
export type PairSettings = Recipe['pairs']

/** The candidate to prefer, and the one to prefer it to; undefined: these candidates make no pair. */
export type Choice = readonly [chosen: RatedCandidate, rejected: RatedCandidate] | undefined

export interface RatedCandidate extends RewardedCandidate {
  readonly reward: number
}

/** Chooses a pair from one prompt's candidates that have a reward, in the order in which they were sampled. */
export type PairRule = (candidates: readonly RatedCandidate[]) => Choice

/** The candidates that the recipe's rule sees. Those without a reward are left out. */
export const eligible = (candidates: readonly RewardedCandidate[], settings: Pick<PairSettings, 'finished_only'>): RatedCandidate[] =>
  candidates.filter((candidate): candidate is RatedCandidate => {
    return candidate.reward !== null && (!settings.finished_only || candidate.finishReason === 'stop')
  })

/** The chosen pair, whatever the rule: none if they tie, if the gap is below `min_gap`, or if both texts are the same. */
export function pairIfApart(choice: Choice, settings: Pick<PairSettings, 'min_gap'>): Pair | undefined {
  if (choice === undefined) return undefined
  const [chosen, rejected] = choice
  const gap = chosen.reward - rejected.reward
  if (gap <= 0 || gap < settings.min_gap || chosen.text.trim() === rejected.text.trim()) return undefined
  return { chosenId: chosen.id, rejectedId: rejected.id, chosenReward: chosen.reward, rejectedReward: rejected.reward }
}
