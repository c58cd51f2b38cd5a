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
export function couplingOf(pairs: Iterable<Gaps>): number | null {
  let [count, ofRewards, ofLogprobs, ofBoth] = [0, 0, 0, 0]
  for (const { reward, logprob } of pairs) {
    count++
    ofRewards += reward ** 2
    ofLogprobs += logprob ** 2
    ofBoth += reward * logprob
  }
  const scale = Math.sqrt(ofRewards * ofLogprobs)
  return count < leastPairs || scale === 0 ? null : ofBoth / scale
}

/**
 * The coupling of an iteration's judge and policy, from the reference log-probabilities of its training, whose reference is the policy.
 * Only pairs that trained as judged count.
 */
export const trainingCoupling = (store: Store, trainingId: number): number | null => couplingOf(gapsOf(store, trainingId))

function* gapsOf(store: Store, trainingId: number): Generator<Gaps> {
  for (const { chosen, rejected } of store.trainingPairs.asJudged(trainingId)) {
    const logprob = chosen.logprob / chosen.tokens - rejected.logprob / rejected.tokens
    yield { reward: chosen.reward - rejected.reward, logprob }
  }
}
