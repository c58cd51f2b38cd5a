import { lengthBaseline } from '../../evaluation/length-baseline.ts'
import { rewardMetrics, scoredGroups } from '../../evaluation/reward-metrics.ts'
import type { Figures } from '../../shared/evaluation-rows.ts'
import { snakeKeys } from '../../shared/snake-keys.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import { rewardOf } from '../preferences/pair-rules.ts'
import type { Stage } from '../run-context.ts'
import { byPrompt, judgeExamples } from '../stages/build-eft.ts'
import { scoresBySubject } from '../stages/judge-candidates.ts'

/**
 * Measures a model as a judge: it judges held-out human-ranked answers, as it judges candidates, and its ranking is compared with the human
 * ranking (paper, section 3.1 and Table 4). The same figures for a judge that goes by length alone are stored as a baseline.
 */
export async function measureJudge(stage: Stage, model: ModelRow): Promise<void> {
  const { store, runId, recipe, tell, iteration } = stage
  if (store.examples.count(runId, 'ranked-held-out') === 0) return
  if (store.evaluations.find(runId, model.name, 'judge') !== undefined) return
  await judgeExamples(stage, model, recipe.judge, 'ranked-held-out')
  const scores = scoresBySubject(store.judgements.ofExamples(runId, 'ranked-held-out', model.name))
  const prompts = byPrompt(store.examples.ofKind(runId, 'ranked-held-out'))
  const result = judgeFigures(
    prompts.map((answers) =>
      answers.map(({ id, humanRank, response }) => ({ rank: humanRank ?? 0, text: response ?? '', scores: scores.get(id) ?? [] })),
    ),
  )
  store.evaluations.add(runId, { model: model.name, kind: 'judge', against: '', judge: model.name, result })
  tell({ kind: 'evaluated', iteration, stage: stage.stage, model: model.name, what: 'judge', against: '', result })
}

/** A human-ranked answer and the judge's scores, null where a score couldn't be parsed. */
export interface JudgedRankedAnswer {
  readonly rank: number
  readonly text: string
  readonly scores: readonly (number | null)[]
}

/** Agreement with the human rankings per prompt, for the judge and for the length baseline. */
export function judgeFigures(prompts: readonly (readonly JudgedRankedAnswer[])[]): Figures {
  const { groups, unscored } = scoredGroups(
    prompts.map((answers) => ({ ranks: answers.map(({ rank }) => rank), scores: answers.map(({ scores }) => rewardOf(scores)) })),
  )
  const { scoredFive: _, undefinedCorrelations: __, ...metrics } = rewardMetrics(groups)
  const length = lengthBaseline(
    prompts.map((answers) => ({ ranks: answers.map(({ rank }) => rank), texts: answers.map(({ text }) => text) })),
  )
  const judgements = prompts.flat().flatMap(({ scores }) => scores)
  return {
    ...snakeKeys(metrics),
    judgements: judgements.length,
    parse_failures: judgements.filter((score) => score === null).length,
    unscored_answers: unscored,
    length_pairwise_accuracy: length.pairwiseAccuracy,
    length_exact_match: length.exactMatch,
    length_spearman: length.spearman,
    length_kendall_tau: length.kendallTau,
  }
}
