import type { Store } from '../../store/store.ts'

/** How much more a pair's chosen response was rewarded, and how much likelier the policy was to write it, per token. */
interface Gaps {
  readonly reward: number
  readonly logprob: number
}

/** Fewer pairs than this say nothing. */
const leastPairs = 10

/**
 * The correlation between the judge's reward of a response and its log-probability per token under the policy that wrote it, within pairs:
 * each pair's two responses are taken relative to their mean. 1: the judge rewards what the policy would say anyway. Null: too few pairs,
 * or one of the two never varies.
 */
export function couplingOf(pairs: readonly Gaps[]): number | null {
  const sum = (of: (pair: Gaps) => number): number => pairs.reduce((all, pair) => all + of(pair), 0)
  const scale = Math.sqrt(sum(({ reward }) => reward ** 2) * sum(({ logprob }) => logprob ** 2))
  if (pairs.length < leastPairs || scale === 0) return null
  return sum(({ reward, logprob }) => reward * logprob) / scale
}

/**
 * The coupling of an iteration's judge and policy, from the reference log-probabilities of its training, whose reference is the policy.
 * Only pairs that trained as judged count.
 */
export function trainingCoupling(
  store: Store,
  { runId, iteration }: { runId: string; iteration: number },
  trainingId: number,
): number | null {
  const pairs = new Map(store.pairs.any(runId, iteration).map((pair) => [pair.id, pair]))
  const tokens = new Map(store.candidates.ofIteration(runId, iteration).map((candidate) => [candidate.id, candidate.tokens]))
  const references = new Map(store.trainings.references(trainingId).map((reference) => [reference.row, reference]))
  return couplingOf(
    store.trainingPairs.ofTraining(trainingId).flatMap(({ pairId, row, because }) => {
      const [pair, reference] = [pairs.get(pairId), row === null ? undefined : references.get(row)]
      if (because !== 'judge' || reference === undefined || pair?.chosenReward == null || pair.rejectedReward === null) return []
      const [chosen, rejected] = [tokens.get(pair.chosenId) ?? 0, tokens.get(pair.rejectedId) ?? 0]
      if (chosen === 0 || rejected === 0) return []
      return [{ reward: pair.chosenReward - pair.rejectedReward, logprob: reference.chosen / chosen - reference.rejected / rejected }]
    }),
  )
}
