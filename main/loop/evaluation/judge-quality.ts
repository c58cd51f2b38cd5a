import { lengthBaseline, rewardMetrics, scoredGroups } from '../../evaluation/reward-metrics.ts'
import { flipRateOf } from '../../shared/comparison-detail.ts'
import type { Figures } from '../../shared/evaluation-settings.ts'
import { snakeKeys } from '../../shared/snake-keys.ts'
import type { Store } from '../../store/store.ts'
import { judges } from '../judges/judges.ts'
import { costFigures } from '../judges/judging-cost.ts'
import { rewardOf } from '../preferences/pair-rules.ts'
import { byPrompt } from '../stages/build-eft.ts'
import { type Judging, judgementsOfRanked, scoreAnswers } from './answers.ts'
import type { EvaluationWork, NamedModel } from './units.ts'

/** A prompt and its human-ranked answers. */
export interface RankedInput {
  readonly prompt: string
  readonly answers: readonly { readonly text: string; readonly rank: number }[]
}

/** The human-ranked answers that a run holds out. */
export const rankedHeldOut = (store: Store, runId: string): RankedInput[] =>
  byPrompt(store.examples.ofKind(runId, 'ranked-held-out')).map((answers) => ({
    prompt: answers[0].instruction,
    answers: answers.map(({ response, humanRank }) => ({ text: response ?? '', rank: humanRank ?? 0 })),
  }))

/**
 * Measures a model as a judge: it judges human-ranked answers, as it judges candidates, and its ranking is compared with the human ranking
 * (paper, section 3.1 and Table 4). The same figures for a judge that goes by length alone serve as a baseline.
 */
export async function measureJudge(
  work: EvaluationWork,
  { judge, model, reference }: Omit<Judging, 'model'> & { readonly model: NamedModel },
  prompts: readonly RankedInput[],
): Promise<Figures> {
  const answers = prompts.flatMap(({ prompt, answers }) => answers.map(({ text }) => ({ instruction: prompt, response: text })))
  const { scoresOf, details, cost } = await scoreAnswers(
    work,
    judgementsOfRanked(work.owner, model.name),
    { judge, model: model.path, reference },
    answers.map((answer, position) => ({ ...answer, position })),
  )
  let position = 0
  const figures = judgeFigures(
    prompts.map(({ answers }) => answers.map(({ text, rank }) => ({ text, rank, scores: scoresOf(position++) }))),
  )
  const flipRate = flipRateOf(details)
  return {
    ...figures,
    ...(judges[judge.method].range(judge)?.[1] !== 5 && { five_best: null }), // no other judge gives full marks of five
    ...(flipRate !== null && { flip_rate: flipRate }),
    ...(cost.answers > 0 && costFigures(cost)), // otherwise all was judged before
  }
}

/** A human-ranked answer and the judge's scores, null where a score couldn't be parsed. */
interface JudgedRankedAnswer {
  readonly rank: number
  readonly text: string
  readonly scores: readonly (number | null)[]
}

/** Agreement with the human rankings per prompt, for the judge and for the length baseline. */
function judgeFigures(prompts: readonly (readonly JudgedRankedAnswer[])[]): Figures {
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
