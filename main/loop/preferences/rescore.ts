import type { Store } from '../../store/store.ts'
import type { RemadePair } from '../../store/tables/pairs-table.ts'
import { standingRewards } from '../../store/tables/rescores-table.ts'
import { judgedCandidates, newPair } from '../stages/make-pairs.ts'
import type { PairSettings, RewardedCandidate } from './pair-rule.ts'
import { pairOf } from './pair-rules.ts'

/** Candidates with the user's rewards replacing the judge's. */
const withRewardsByHand = <Candidate extends RewardedCandidate>(
  candidates: readonly Candidate[],
  byHand: ReadonlyMap<number, number>,
): Candidate[] => candidates.map((candidate) => ({ ...candidate, reward: byHand.get(candidate.id) ?? candidate.reward }))

/** A reward set by the user; null restores the judge's. */
export interface RewardByHand {
  readonly candidateId: number
  readonly reward: number | null
}

/**
 * Sets rewards of a prompt's candidates as one act, and rebuilds the prompt's pair from the new rewards by the recipe's rule, in one
 * transaction.
 */
export function rescore(
  store: Store,
  { runId, promptId, reviewer = '' }: { runId: string; promptId: number; reviewer?: string },
  rewards: readonly RewardByHand[],
  settings: PairSettings,
): void {
  store.transaction(() => {
    const actId = store.reviewActs.add({ runId, promptId, kind: 'rescore', reviewer })
    for (const { candidateId, reward } of rewards) store.rescores.add(candidateId, reward, reviewer, actId)
    remakePair(store, promptId, settings)
  })
}

/** Rebuilds the prompt's pair from its current rewards. */
export const remakePair = (store: Store, promptId: number, settings: PairSettings): void =>
  store.pairs.remake(promptId, remadePair(store, promptId, settings))

/** The pair that the current rewards make. Adds its row if these two were never a pair. Undefined: no reward is set by the user. */
function remadePair(store: Store, promptId: number, settings: PairSettings): RemadePair | undefined {
  const byHand = standingRewards(store.rescores.ofPrompt(promptId))
  if (byHand.size === 0) return undefined
  const judged = judgedCandidates(store.candidates.ofPrompt(promptId), store.judgements.ofPrompt(promptId))
  const pair = pairOf(withRewardsByHand(judged, byHand), settings)
  if (pair === undefined) return { pairId: null, reversed: false }
  store.pairs.add({ ...newPair(promptId, pair, judged), madeBy: 'person' }) // a no-op if the pair exists, in either order
  const ids = [pair.chosenId, pair.rejectedId]
  const row = store.pairs.ofPrompt(promptId).find(({ chosenId, rejectedId }) => ids.includes(chosenId) && ids.includes(rejectedId))!
  return { pairId: row.id, reversed: row.chosenId !== pair.chosenId }
}
