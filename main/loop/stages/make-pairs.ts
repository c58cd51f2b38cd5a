import { amongLargest } from '../../common/number-lists.ts'
import { runSteps } from '../../common/steps.ts'
import { varianceOfMean } from '../../evaluation/doubt.ts'
import type { CandidateRow } from '../../store/tables/candidates-table.ts'
import type { JudgementRow } from '../../store/tables/judgements-table.ts'
import type { NewPair } from '../../store/tables/pairs-table.ts'
import type { Pair, PairSettings, RewardedCandidate } from '../preferences/pair-rule.ts'
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
  /** How many judgements it has, readable or not. */
  readonly judgements: number
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
      ...{ reward: rewardOf(all), scores: all.filter((score) => score !== null), judgements: all.length },
    }
  })
}

/** The iteration's prompts with candidates and rewards, in prompt order and a span at a time: no more are in memory. */
export function* rewardedSpans({ store, runId, iteration }: Pick<Stage, 'store' | 'runId' | 'iteration'>): Generator<RewardedPrompt[]> {
  for (const span of store.prompts.spans(runId, iteration)) {
    const rows = store.candidates.ofIteration(runId, iteration, span)
    const implicit = store.secondJudgements.scores(runId, iteration, 'agreement', span)
    const candidates = judgedCandidates(rows, store.judgements.scores(runId, iteration, span), implicit)
    const byPrompt = Map.groupBy(candidates.keys(), (i) => rows[i].promptId)
    yield [...byPrompt].map(([promptId, ofPrompt]) => ({ promptId, candidates: ofPrompt.map((i) => candidates[i]) }))
  }
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

/**
 * Builds and stores the iteration's pairs by the recipe's rule: those with the widest gaps, if only some may be kept. Before these are known, only
 * the gaps are in memory, so the pairs are built twice. A step is a span of prompts; pairs of an interrupted stage are built again, the same.
 */
export function* pairMaking(stage: Stage): Generator<void, void> {
  const { store, recipe } = stage
  const most = recipe.pairs.max_per_iteration
  const isKept = most === null ? () => true : amongLargest(yield* gapsIn(stage), most)
  for (const prompts of rewardedSpans(stage)) {
    store.transaction(() => {
      for (const pair of pairsIn(prompts, recipe.pairs)) if (isKept(gapOf(pair))) store.pairs.add(pair)
    })
    yield
  }
}

export const makePairs = (stage: Stage): void => runSteps(pairMaking(stage))

function* gapsIn(stage: Stage): Generator<void, number[]> {
  const gaps: number[] = []
  for (const prompts of rewardedSpans(stage)) {
    for (const pair of pairsIn(prompts, stage.recipe.pairs)) gaps.push(gapOf(pair))
    yield
  }
  return gaps
}

const pairsIn = (prompts: readonly RewardedPrompt[], settings: PairSettings): NewPair[] =>
  prompts.flatMap(({ promptId, candidates }) =>
    pairsOf(candidates, settings).map((pair, place) => ({ ...newPair(promptId, pair, candidates), place })),
  )

const gapOf = ({ chosenReward, rejectedReward }: NewPair): number => (chosenReward ?? 0) - (rejectedReward ?? 0)
