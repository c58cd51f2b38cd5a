import type { RemadePair } from '../store/pairs.ts'
import { standingRewards } from '../store/rescores.ts'
import type { Store } from '../store/store.ts'
import { judgedCandidates, newPair } from './make-pairs.ts'
import { bestVersusWorst, type PairRule, type RewardedCandidate } from './pairs.ts'

/** Candidates with a person's reward in the place of the judge's, where there is one. */
export const withRewardsByHand = <Candidate extends RewardedCandidate>(
  candidates: readonly Candidate[],
  byHand: ReadonlyMap<number, number>,
): Candidate[] => candidates.map((candidate) => ({ ...candidate, reward: byHand.get(candidate.id) ?? candidate.reward }))

/** A reward that a person sets; null leaves it to the judge again. */
export interface RewardByHand {
  readonly candidateId: number
  readonly reward: number | null
  readonly reviewer?: string
}

/**
 * Set a candidate's reward by hand (null: leave it to the judge again), and make the prompt's pair anew from the rewards as they then are, by the
 * recipe's rule: all stored at once.
 */
export function rescore(store: Store, promptId: number, { candidateId, reward, reviewer = '' }: RewardByHand, rule: PairRule): void {
  store.transaction(() => {
    store.rescores.add(candidateId, reward, reviewer)
    store.pairs.remake(promptId, remadePair(store, promptId, rule))
  })
}

/** The pair that the rewards as they stand make; its row is added where these two were never a pair. Undefined: nothing is set by hand. */
function remadePair(store: Store, promptId: number, rule: PairRule): RemadePair | undefined {
  const byHand = standingRewards(store.rescores.ofPrompt(promptId))
  if (byHand.size === 0) return undefined
  const judged = judgedCandidates(store.candidates.ofPrompt(promptId), store.judgements.ofPrompt(promptId))
  const pair = bestVersusWorst(withRewardsByHand(judged, byHand), rule)
  if (pair === undefined) return { pairId: null, reversed: false }
  store.pairs.add({ ...newPair(promptId, pair, judged), madeBy: 'person' }) // nothing where it is there, whichever way round
  const ids = [pair.chosenId, pair.rejectedId]
  const row = store.pairs.ofPrompt(promptId).find(({ chosenId, rejectedId }) => ids.includes(chosenId) && ids.includes(rejectedId))!
  return { pairId: row.id, reversed: row.chosenId !== pair.chosenId }
}
