import type { Stage } from './context.ts'
import { scoresBySubject } from './judge.ts'
import { bestVersusWorst, type RewardedCandidate, rewardOf } from './pairs.ts'

/** Candidates of one prompt with their rewards. */
export interface RewardedPrompt {
  readonly promptId: number
  readonly candidates: readonly RewardedCandidate[]
}

/** Every prompt of the iteration with its candidates and their rewards, in prompt order. */
export function rewardedPrompts({ store, runId, iteration }: Pick<Stage, 'store' | 'runId' | 'iteration'>): RewardedPrompt[] {
  const scores = scoresBySubject(store.judgements.ofCandidates(runId, iteration))
  const byPrompt = Map.groupBy(store.candidates.ofIteration(runId, iteration), ({ promptId }) => promptId)
  return [...byPrompt].map(([promptId, candidates]) => ({
    promptId,
    candidates: candidates.map(({ id, text, finishReason }) => ({ id, text, finishReason, reward: rewardOf(scores.get(id) ?? []) })),
  }))
}

/** Make the iteration's pairs by the recipe's rule: at most one a prompt, all stored at once. */
export function makePairs(stage: Stage): void {
  const { store, recipe } = stage
  const prompts = rewardedPrompts(stage)
  store.transaction(() => {
    for (const { promptId, candidates } of prompts) {
      const pair = bestVersusWorst(candidates, recipe.pairs)
      if (pair !== undefined) store.pairs.add({ promptId, ...pair })
    }
  })
}
