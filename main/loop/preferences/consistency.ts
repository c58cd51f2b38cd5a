import { mean } from '../../common/numbers.ts'
import type { RunContext } from '../run-context.ts'
import { scoresBySubject } from '../stages/judge-candidates.ts'
import { rewardOf } from './pair-rules.ts'

/**
 * How alike two judges rank the same candidates, from 0 (reversed) to 1 (the same): (tau + 1) / 2, where tau is Kendall's over all pairs of
 * candidates and a tie counts as neither agreement nor contradiction (Wang et al. 2024, CREAM). Null: fewer than two candidates.
 */
export function rankingConsistency(rewards: readonly (readonly [one: number, other: number])[]): number | null {
  if (rewards.length < 2) return null
  let agreement = 0
  for (const [i, [one, other]] of rewards.entries()) {
    for (const [before, beforeOther] of rewards.slice(0, i)) agreement += Math.sign(one - before) * Math.sign(other - beforeOther)
  }
  return (agreement / ((rewards.length * (rewards.length - 1)) / 2) + 1) / 2
}

/**
 * The consistency of each prompt of the iteration, for those that both models judged. Empty: the model of the iteration before didn't
 * judge.
 */
export function consistencyOfPrompts({ store, runId }: Pick<RunContext, 'store' | 'runId'>, iteration: number): Map<number, number> {
  const found = new Map<number, number>()
  for (const span of store.prompts.spans(runId, iteration)) {
    const second = store.secondJudgements.scores(runId, iteration, 'consistency', span)
    if (second.length === 0) continue
    const [now, before] = [scoresBySubject(store.judgements.scores(runId, iteration, span)), scoresBySubject(second)]
    const subjects = Map.groupBy(new Map(second.map(({ subjectId, promptId }) => [subjectId, promptId])), ([, promptId]) => promptId)
    for (const [promptId, candidates] of subjects) {
      const rewards = candidates.flatMap(([id]): [number, number][] => {
        const [one, other] = [rewardOf(now.get(id) ?? []), rewardOf(before.get(id) ?? [])]
        return one === null || other === null ? [] : [[one, other]]
      })
      const consistency = rankingConsistency(rewards)
      if (consistency !== null) found.set(promptId, consistency)
    }
  }
  return found
}

/** A prompt's weight in the loss by the recipe's `pairs.consistency`; undefined: its pairs count in full. */
export function consistencyWeights(
  context: Pick<RunContext, 'store' | 'runId' | 'recipe'>,
  iteration: number,
): (promptId: number) => number | undefined {
  const { consistency } = context.recipe.pairs
  if (consistency === 'none') return () => undefined
  const ofPrompts = consistencyOfPrompts(context, iteration)
  if (ofPrompts.size === 0) return () => undefined
  const average = mean(ofPrompts.values())
  return consistency === 'iteration' ? () => average : (promptId) => ofPrompts.get(promptId) ?? average
}
