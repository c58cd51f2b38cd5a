import { varianceOfMean } from '../../evaluation/doubt.ts'
import type { CandidateRow } from '../../store/tables/candidates-table.ts'
import type { JudgementRow } from '../../store/tables/judgements-table.ts'
import type { NewPair } from '../../store/tables/pairs-table.ts'
import type { Pair, RewardedCandidate } from '../preferences/pair-rule.ts'
import { pairsOf, rewardOf } from '../preferences/pair-rules.ts'
import type { Stage } from '../run-context.ts'
import { scoresBySubject } from './judge-candidates.ts'

/** A prompt's candidates with their rewards. */
interface RewardedPrompt {
  readonly promptId: number
  readonly candidates: readonly JudgedCandidate[]
}

/** A candidate with its reward and the scores the reward is computed from. */
interface JudgedCandidate extends RewardedCandidate {
  readonly isAnchor: boolean
  readonly scores: readonly number[] // parsed scores only
}

type Texts = Pick<CandidateRow, 'id' | 'text' | 'finishReason' | 'model'>
type Scores = Pick<JudgementRow, 'subjectId' | 'score'>

/** Candidates with their rewards, computed from the judgements. `implicit`: their implicit rewards, if there are any. */
export function judgedCandidates(
  candidates: readonly Texts[],
  judgements: readonly Scores[],
  implicit: readonly Scores[] = [],
): JudgedCandidate[] {
  const scores = scoresBySubject(judgements)
  const implicits = new Map(implicit.map(({ subjectId, score }) => [subjectId, score]))
  return candidates.map(({ id, text, finishReason, model }) => {
    const all = scores.get(id) ?? []
    return {
      ...{ id, text, finishReason, isAnchor: model !== null, implicit: implicits.get(id) ?? null },
      ...{ reward: rewardOf(all), scores: all.filter((score) => score !== null) },
    }
  })
}

/** The iteration's prompts with candidates and rewards, in prompt order. */
export function rewardedPrompts({ store, runId, iteration }: Pick<Stage, 'store' | 'runId' | 'iteration'>): RewardedPrompt[] {
  const rows = store.candidates.ofIteration(runId, iteration)
  const implicit = store.secondJudgements.ofIteration(runId, iteration, 'agreement')
  const candidates = judgedCandidates(rows, store.judgements.ofCandidates(runId, iteration), implicit)
  const judged = new Map(candidates.map((candidate) => [candidate.id, candidate]))
  const byPrompt = Map.groupBy(rows, ({ promptId }) => promptId)
  return [...byPrompt].map(([promptId, ofPrompt]) => ({ promptId, candidates: ofPrompt.map(({ id }) => judged.get(id)!) }))
}

/** A pair in stored form, with the rewards and reward uncertainties of its candidates. */
export function newPair(promptId: number, { chosenId, rejectedId }: Pair, candidates: readonly JudgedCandidate[]): NewPair {
  const [chosen, rejected] = [chosenId, rejectedId].map((wanted) => candidates.find(({ id }) => id === wanted)!)
  return {
    ...{ promptId, chosenId, rejectedId, chosenReward: chosen.reward, rejectedReward: rejected.reward },
    chosenVariance: varianceOfMean(chosen.scores),
    rejectedVariance: varianceOfMean(rejected.scores),
  }
}

/** Builds the iteration's pairs by the recipe's rule, and stores them in one transaction. */
export function makePairs(stage: Stage): void {
  const { store, recipe } = stage
  const pairs = rewardedPrompts(stage).flatMap(({ promptId, candidates }) =>
    pairsOf(candidates, recipe.pairs).map((pair, place) => ({ ...newPair(promptId, pair, candidates), place })),
  )
  store.transaction(() => {
    for (const pair of widest(pairs, recipe.pairs.max_per_iteration ?? pairs.length)) store.pairs.add(pair)
  })
}

/** The `count` pairs with the widest gaps, in their order; of equal gaps, the first. */
function widest<Rewarded extends Pick<NewPair, 'chosenReward' | 'rejectedReward'>>(pairs: readonly Rewarded[], count: number): Rewarded[] {
  const gap = ({ chosenReward, rejectedReward }: Rewarded): number => (chosenReward ?? 0) - (rejectedReward ?? 0)
  const kept = new Set(pairs.toSorted((a, b) => gap(b) - gap(a)).slice(0, count))
  return pairs.filter((pair) => kept.has(pair))
}
