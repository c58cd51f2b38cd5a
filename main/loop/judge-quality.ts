import { lengthBaseline } from '../evaluation/length-baseline.ts'
import { type RewardMetrics, rewardMetrics, scoredGroups } from '../evaluation/reward-metrics.ts'
import type { Figures } from '../store/evaluations.ts'
import type { ExampleRow } from '../store/examples.ts'
import type { ModelRow } from '../store/models.ts'
import type { Stage } from './context.ts'
import { byPrompt, judgeExamples } from './eft.ts'
import { scoresBySubject } from './judge.ts'
import { rewardOf } from './pairs.ts'

/**
 * A model's quality as a judge: it judges human-ranked answers it was never trained on, as it judges candidates, and its order is compared
 * with people's (paper, section 3.1 and Table 4). Beside it stand the same figures for a judge that knows only length.
 */
export async function measureJudge(stage: Stage, model: ModelRow): Promise<void> {
  const { store, runId, recipe, tell, iteration } = stage
  if (store.examples.count(runId, 'ranked-held-out') === 0) return
  if (store.evaluations.find(runId, model.name, 'judge') !== undefined) return
  await judgeExamples(stage, model, recipe.judge, 'ranked-held-out')
  const judgements = store.judgements.ofExamples(runId, 'ranked-held-out', model.name)
  const scores = scoresBySubject(judgements)
  const prompts = byPrompt(store.examples.ofKind(runId, 'ranked-held-out'))
  const { groups, unscored } = scoredGroups(
    prompts.map((answers) => ({ ranks: ranksOf(answers), scores: answers.map(({ id }) => rewardOf(scores.get(id) ?? [])) })),
  )
  const length = lengthBaseline(
    prompts.map((answers) => ({ ranks: ranksOf(answers), texts: answers.map(({ response }) => response ?? '') })),
  )
  const result: Figures = {
    ...figuresOf(rewardMetrics(groups)),
    judgements: judgements.length,
    parse_failures: judgements.filter(({ score }) => score === null).length,
    unscored_answers: unscored,
    length_pairwise_accuracy: length.pairwiseAccuracy,
    length_exact_match: length.exactMatch,
    length_spearman: length.spearman,
    length_kendall_tau: length.kendallTau,
  }
  store.evaluations.add(runId, { model: model.name, kind: 'judge', against: '', judge: model.name, result })
  tell({ kind: 'evaluated', iteration, stage: stage.stage, model: model.name, what: 'judge', against: '', result })
}

const ranksOf = (answers: readonly ExampleRow[]): number[] => answers.map(({ humanRank }) => humanRank ?? 0)

const figuresOf = (metrics: RewardMetrics): Figures => ({
  prompts: metrics.prompts,
  pairs: metrics.pairs,
  pairwise_accuracy: metrics.pairwiseAccuracy,
  tie_rate: metrics.tieRate,
  five_best: metrics.fiveBest,
  exact_match: metrics.exactMatch,
  spearman: metrics.spearman,
  kendall_tau: metrics.kendallTau,
})
