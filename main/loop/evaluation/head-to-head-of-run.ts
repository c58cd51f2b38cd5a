import { countOutcomes, type HeadToHead, headToHead, outcomeOfRewards } from '../../evaluation/head-to-head.ts'
import type { Verdict } from '../../evaluation/parse-verdict.ts'
import type { Figures } from '../../shared/evaluation-rows.ts'
import type { AnswerRow } from '../../store/tables/answers-table.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import { type Judged, samplesOf } from '../judges/judge-work.ts'
import { judgeAnswers } from '../judges/judges.ts'
import { rewardOf } from '../preferences/pair-rules.ts'
import type { Stage } from '../run-context.ts'
import { excerpt, unitsOfStage } from '../stage-report.ts'
import { doneAmong, samplingOf, seedAt } from '../stage-work.ts'
import { scoresBySubject } from '../stages/judge-candidates.ts'
import { answerPrompts } from './answers.ts'
import { judgePairwise } from './pairwise.ts'

/** The judge of a comparison: a model of the run, or another local model by its path. */
export interface ComparisonJudge {
  readonly name: string
  readonly path: string
}

const purpose = 'head-to-head'

/**
 * Compares two models on the held-out prompts, on which no model was trained (paper, section 3.1). Both answer each prompt. The judge then
 * either sees both answers in both orders (a disagreement counts as a tie), or scores each answer alone and the scores are compared.
 */
export async function compareModels(stage: Stage, model: ModelRow, opponent: ModelRow, judge: ComparisonJudge): Promise<void> {
  const { store, runId, recipe, tell, iteration } = stage
  const prompts = store.examples
    .ofKind(runId, 'held-out')
    .slice(0, recipe.evaluation.count)
    .map(({ instruction }) => instruction)
  if (prompts.length === 0) return
  if (store.evaluations.find(runId, model.name, purpose, opponent.name) !== undefined) return
  const sampling = samplingOf(recipe.evaluation)
  const answered = await answerPrompts(stage, model, { purpose, prompts, sampling })
  const otherAnswers = await answerPrompts(stage, opponent, { purpose, prompts, sampling })
  const own = answered.filter(({ position }) => otherAnswers.some((answer) => answer.position === position))
  const others = otherAnswers.filter(({ position }) => own.some((answer) => answer.position === position))
  if (own.length === 0) return // a warning has been reported
  const result =
    recipe.evaluation.method === 'pairwise'
      ? await comparePairwise(stage, own, others, judge)
      : await compareRewards(stage, own, others, judge)
  store.evaluations.add(runId, { model: model.name, kind: purpose, against: opponent.name, judge: judge.name, result })
  tell({ kind: 'evaluated', iteration, stage: stage.stage, model: model.name, what: purpose, against: opponent.name, result })
}

async function comparePairwise(
  stage: Stage,
  own: readonly AnswerRow[],
  others: readonly AnswerRow[],
  judge: ComparisonJudge,
): Promise<Figures> {
  await judgePairwise(stage, own, others, judge)
  return pairwiseFigures(stage.store.comparisons.of(stage.runId, own[0].model, others[0].model))
}

/** Figures from a judge's verdicts on pairs shown in both orders. */
export function pairwiseFigures(
  verdicts: readonly { readonly position: number; readonly swapped: boolean; readonly verdict: Verdict | null }[],
): Figures {
  const byPrompt = Map.groupBy(verdicts, ({ position }) => position)
  const counted = headToHead(
    [...byPrompt.values()].map((both) => ({
      first: both.find(({ swapped }) => !swapped)?.verdict ?? null,
      second: both.find(({ swapped }) => swapped)?.verdict ?? null,
    })),
  )
  return { ...figuresOf(counted), position_bias: counted.positionBias }
}

/** Figures from two models' rewards on the same prompts. */
export const rewardFigures = (own: readonly (number | null)[], others: readonly (number | null)[]): Figures =>
  figuresOf(countOutcomes(own.map((reward, i) => outcomeOfRewards(reward, others[i]))))

async function compareRewards(
  stage: Stage,
  own: readonly AnswerRow[],
  others: readonly AnswerRow[],
  judge: ComparisonJudge,
): Promise<Figures> {
  const rewards = await rewardsOf(stage, own, judge)
  const otherRewards = await rewardsOf(stage, others, judge)
  return rewardFigures(rewards, otherRewards)
}

/** The judge's mean score per answer. */
async function rewardsOf(stage: Stage, answers: readonly AnswerRow[], judge: ComparisonJudge): Promise<(number | null)[]> {
  const { store, runId, recipe } = stage
  const { model } = answers[0]
  const isDone = doneAmong(
    store.judgements.ofAnswers(runId, model, purpose, judge.name).map(({ subjectId, sample }) => [subjectId, sample]),
  )
  const units = unitsOfStage(stage, {
    what: `judgements of ${model} by ${judge.name}`,
    noun: `answers of ${model}`,
    nameOf: ({ position, response }) => `answer ${position + 1} (${excerpt(response)})`,
    rows: answers.map(({ id, position, instruction, text }) => ({ id, position, instruction, response: text })),
    samples: samplesOf(recipe.judge),
    seed: ({ position }, sample) => seedAt(stage, 'judge-answers', judge.name, model, position, sample),
    isDone: ({ id }, sample) => isDone(id, sample),
    keep: ({ id }, sample, judged: Judged) => store.judgements.add({ answerId: id }, { judge: judge.name, sample, ...judged }),
  })
  await judgeAnswers({ stage, judge: recipe.judge, model: judge.path, units })
  const scores = scoresBySubject(store.judgements.ofAnswers(runId, model, purpose, judge.name))
  return answers.map(({ id }) => rewardOf(scores.get(id) ?? []))
}

const figuresOf = ({ wins, ties, losses, unreadable, winRate, interval }: Omit<HeadToHead, 'positionBias'>): Figures => ({
  n: wins + ties + losses,
  wins,
  ties,
  losses,
  unreadable,
  win_rate: winRate,
  low: interval.low,
  high: interval.high,
})
