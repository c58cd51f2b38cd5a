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

/** A reward that a user sets; null leaves it to the judge again. */
export interface RewardByHand {
  readonly candidateId: number
  readonly reward: number | null
}

/**
 * Set rewards of a prompt's candidates by hand, as one act, and make the prompt's pair again from the rewards as they then are, by the recipe's rule:
 * stored in one transaction.
 */
export function rescore(
  store: Store,
  { runId, promptId, reviewer = '' }: { runId: string; promptId: number; reviewer?: string },
  rewards: readonly RewardByHand[],
  rule: PairRule,
): void {
  store.transaction(() => {
    const actId = store.reviewActs.add({ runId, promptId, kind: 'rescore', reviewer })
    for (const { candidateId, reward } of rewards) store.rescores.add(candidateId, reward, reviewer, actId)
    remakePair(store, promptId, rule)
  })
}

/** Make the prompt's pair again from its rewards as they stand. */
export const remakePair = (store: Store, promptId: number, rule: PairRule): void =>
  store.pairs.remake(promptId, remadePair(store, promptId, rule))

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
