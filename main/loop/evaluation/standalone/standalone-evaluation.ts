import { z } from 'zod'
import { deriveSeed } from '../../../common/random.ts'
import { assertNever, LaurelError } from '../../../shared/errors.ts'
import type { Figures } from '../../../shared/evaluation-rows.ts'
import type { AccuracySettings, HeadToHeadSettings, JudgeSettings, SuiteSettings } from '../../../shared/evaluation-settings.ts'
import { samplesOf } from '../../judges/judge-work.ts'
import { storedRecipe } from '../../recipe/stored-recipe.ts'
import { samplingOf } from '../../stage-work.ts'
import { type AnswerStore, checkAnswers, type JudgementStore } from '../answers.ts'
import { answerBoth, type ComparisonStores, comparePairs, type Side } from '../compare-models.ts'
import { measureJudge } from '../judge-quality.ts'
import { measureLikelihood } from './likelihood.ts'
import { promptsOf, rankedOf } from './sources.ts'
import { answerValue, inputsOf, judgementValue, leftOutFigure, type StandaloneContext, suiteStore, verdictValue } from './suite-units.ts'

/**
 * Runs the missing work of a standalone evaluation, and returns its figures. Runs measure their models with the same functions. Throws
 * STOPPED on the signal; finished work is kept.
 */
export async function measureStandalone(context: StandaloneContext, settings: SuiteSettings): Promise<Figures> {
  switch (settings.kind) {
    case 'head-to-head':
      return compareTwoModels(context, settings)
    case 'judge':
      return measureOneJudge(context, settings)
    case 'accuracy':
      return measureAccuracy(context, settings)
    case 'likelihood':
      return measureLikelihood(context, settings)
    default:
      return assertNever(settings)
  }
}

/** Compares two models on some prompts with a judge. Both models use the same seeds. */
async function compareTwoModels(context: StandaloneContext, settings: HeadToHeadSettings): Promise<Figures> {
  const { store, suiteId } = context
  const { model, against, judge, source, count, deciding, answering, seed } = settings
  const prompts = await inputsOf(context, z.string(), () => promptsOf(store, source, count))
  const judgements = deciding.method === 'pairwise' ? 1 : samplesOf(deciding.judge)
  store.suites.setTotal(suiteId, 2 * prompts.length * (1 + judgements))
  const sampling = samplingOf(answering)
  const comparison = { models: { own: model.path, other: against.path }, judge: judge.path, prompts, sampling, deciding }
  const answersOf = (side: Side): AnswerStore =>
    suiteStore(context, `${side} answers`, answerValue, (position) => deriveSeed(seed, 'answers', side, position))
  const judgementsOf = (side: Side): JudgementStore =>
    suiteStore(context, `${side} judgements`, judgementValue, (position, sample) => deriveSeed(seed, 'judgements', side, position, sample))
  const stores: ComparisonStores = {
    answers: { own: answersOf('own'), other: answersOf('other') },
    verdicts: suiteStore(context, 'verdicts', verdictValue),
    judgements: { own: judgementsOf('own'), other: judgementsOf('other') },
  }
  const figures = await comparePairs(context, stores, comparison, await answerBoth(context, stores, comparison))
  const parts = ['own answers', 'other answers', 'verdicts', 'own judgements', 'other judgements']
  return { ...figures, ...leftOutFigure(context, parts, prompts.length) }
}

const rankedInput = z.object({ prompt: z.string(), answers: z.array(z.object({ text: z.string(), rank: z.number() })).readonly() })

/** Compares a judge's ranking of answers with the human ranking. */
async function measureOneJudge(context: StandaloneContext, { model, judge, source, count, seed }: JudgeSettings): Promise<Figures> {
  const { store, suiteId } = context
  const prompts = await inputsOf(context, rankedInput, () => rankedOf(store, source, count))
  const total = prompts.reduce((sum, { answers }) => sum + answers.length, 0)
  store.suites.setTotal(suiteId, total * samplesOf(judge))
  const judgements: JudgementStore = suiteStore(context, 'judgements', judgementValue, (position, sample) =>
    deriveSeed(seed, 'judgements', position, sample),
  )
  const figures = await measureJudge(context, judgements, { judge, model: model.path }, prompts)
  return { ...figures, ...leftOutFigure(context, ['judgements'], total) }
}

/** Checks a model's answers with a program, for tasks that a program can grade. Each figure is named after its check. */
async function measureAccuracy(context: StandaloneContext, { model, runId, seed }: AccuracySettings): Promise<Figures> {
  const { store, suiteId } = context
  const checkers = context.checkersOf(storedRecipe(store.runs.resolve(runId)))
  if (checkers.length === 0) {
    throw new LaurelError('UNSUPPORTED', "This run's tasks can't be graded by a program.", 'Compare models with a judge instead.')
  }
  store.suites.setTotal(
    suiteId,
    checkers.reduce((sum, { prompts }) => sum + prompts.length, 0),
  )
  const result: Record<string, number | null> = {}
  for (const checker of checkers) {
    const { name, prompts } = checker
    const answers: AnswerStore = suiteStore(context, name, answerValue, (position) => deriveSeed(seed, 'check', name, position))
    const figures = await checkAnswers(context, answers, model.path, checker)
    for (const [figure, value] of Object.entries({ ...leftOutFigure(context, [name], prompts.length), ...figures })) {
      result[`${name}/${figure}`] = value
    }
  }
  return result
}
