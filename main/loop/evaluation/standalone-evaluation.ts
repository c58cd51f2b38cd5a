import { z } from 'zod'
import { generators } from '../../common/random.ts'
import { importInThread } from '../../data/import-thread.ts'
import { hasOrder, orderedAnswers, type Prompt } from '../../data/imported.ts'
import { assertNever, badInput, LaurelError } from '../../shared/errors.ts'
import type {
  AccuracySettings,
  EvaluationSettings,
  Figures,
  HeadToHeadSettings,
  InputSource,
  JudgeSettings,
  LikelihoodSettings,
  ProbeSettings,
} from '../../shared/evaluation-settings.ts'
import type { ProbedMethod } from '../../shared/probed-judge.ts'
import type { Store } from '../../store/store.ts'
import { samplesOf } from '../judges/judge-work.ts'
import { storedRecipe } from '../recipe/stored-recipe.ts'
import { samplingOf } from '../stage-work.ts'
import { measureAlpacaEval } from './alpaca-eval.ts'
import { checkAnswers } from './answers.ts'
import { answerBoth, comparePairs } from './compare-models.ts'
import { measureInstructionFollowing } from './instruction-following.ts'
import { judgeEngineOf, refusalOf } from './judge-engine.ts'
import { measureJudge, type RankedInput, rankedHeldOut } from './judge-quality.ts'
import { type LikelihoodInput, measureLikelihood } from './likelihood.ts'
import { measureMtBench } from './mt-bench.ts'
import { measureMultipleChoice } from './multiple-choice.ts'
import { outsideCheckers } from './outside-checkers.ts'
import {
  as,
  inputsOf,
  judging,
  leftOutFigure,
  type StandaloneContext,
  type StandaloneWork,
  setTotal,
  standaloneOwner,
} from './standalone-work.ts'
import { probeAndStore, probeResult, probeUnits } from './stored-probe.ts'
import { measurePerplexity } from './text-perplexity.ts'
import type { UnitSeeds } from './units.ts'
import { measureUserAgreement } from './user-agreement-of-judge.ts'

/**
 * Runs the missing work of an evaluation requested by hand, and returns its figures. Runs measure their models with the same functions; what
 * differs is where the inputs are from. Throws STOPPED on the signal; finished work is kept.
 */
export async function measureStandalone(context: StandaloneContext, settings: EvaluationSettings): Promise<Figures> {
  const work = { ...context, owner: standaloneOwner(context, settings) }
  switch (settings.kind) {
    case 'head-to-head':
      return compareTwoModels(work, settings)
    case 'judge':
      return measureOneJudge(work, settings)
    case 'accuracy':
      return measureAccuracy(work, settings)
    case 'likelihood':
      return measureTexts(work, settings)
    case 'probe':
      return measureJudges(work, settings)
    case 'mt-bench':
      return measureMtBench(work, settings)
    case 'multiple-choice':
      return measureMultipleChoice(work, settings)
    case 'perplexity':
      return measurePerplexity(work, settings)
    case 'ifeval':
      return measureInstructionFollowing(work, settings)
    case 'alpaca-eval':
      return measureAlpacaEval(work, settings)
    case 'user-agreement':
      return measureUserAgreement(work, settings)
    default:
      return assertNever(settings)
  }
}

/** Compares two models on some prompts with a judge. */
async function compareTwoModels(work: StandaloneWork, settings: HeadToHeadSettings): Promise<Figures> {
  const { model, against, judge, source, count, deciding, answering } = settings
  const prompts = await inputsOf(work, z.string(), () => promptsOf(work.store, source, count))
  const judgements = deciding.method === 'pairwise' ? 1 : samplesOf(deciding.judge)
  setTotal(work, 2 * prompts.length * (1 + judgements))
  const comparison = {
    models: { own: as('own', model), other: as('other', against) },
    judge: as('judge', judge),
    ...{ prompts, sampling: samplingOf(answering), deciding },
  }
  const figures = await comparePairs(judging(work), comparison, await answerBoth(work, comparison))
  return { ...figures, ...leftOutFigure(work, prompts.length) }
}

const rankedInput = z.object({ prompt: z.string(), answers: z.array(z.object({ text: z.string(), rank: z.number() })).readonly() })

/** Compares a judge's ranking of answers with the human ranking. */
async function measureOneJudge(work: StandaloneWork, { model, judge, reference, source, count }: JudgeSettings): Promise<Figures> {
  const prompts = await inputsOf(work, rankedInput, () => rankedOf(work.store, source, count))
  const total = prompts.reduce((sum, { answers }) => sum + answers.length, 0)
  setTotal(work, total * samplesOf(judge))
  const figures = await measureJudge(judging(work), { judge, model: as('own', model), reference }, prompts)
  return { ...figures, ...leftOutFigure(work, total) }
}

/** Measures several judges on the first prompts whose answers have different ranks, with the seeds of `laurel judge probe`. */
async function measureJudges(context: StandaloneWork, settings: ProbeSettings): Promise<Figures> {
  const work = judging(context)
  const elsewhere = judgeEngineOf(work.store, settings)
  const { model, judges, source, count, seed } = settings
  const prompts = await inputsOf(work, rankedInput, () => rankedOf(work.store, source, count, hasOrder))
  const answers = prompts.reduce((sum, { answers }) => sum + answers.length, 0)
  setTotal(work, probeUnits(judges, answers))
  if (model.path !== '') await work.engine.load(model.path) // otherwise a model that can't be used would be a problem of each judge
  const { deriveSeed } = generators[settings.random]
  const seeds: UnitSeeds = { ...work.owner.seeds, ranked: (_, position, sample) => deriveSeed(seed, 'judge', position, sample) }
  const probe = { judges, model: model.path, refusal: (method: ProbedMethod) => refusalOf(elsewhere, method) }
  return probeResult(await probeAndStore({ ...work, owner: { ...work.owner, seeds } }, probe, prompts))
}

/** Checks a model's answers with a program, for tasks that a program can grade. Each figure is named after its check. */
async function measureAccuracy(work: StandaloneWork, { model, runId }: AccuracySettings): Promise<Figures> {
  const run = work.store.runs.resolve(runId)
  const recipe = storedRecipe(run)
  const checkers = [...work.checkersOf(recipe), ...(await outsideCheckers({ store: work.store, runId: run.id, recipe }))]
  if (checkers.length === 0) {
    throw new LaurelError('UNSUPPORTED', "This run's tasks can't be graded by a program.", 'Compare models with a judge instead.')
  }
  setTotal(
    work,
    checkers.reduce((sum, { prompts }) => sum + prompts.length, 0),
  )
  const result: Record<string, number | null> = {}
  for (const checker of checkers) {
    const { name, prompts } = checker
    const figures = await checkAnswers(work, as('own', model), checker)
    for (const [figure, value] of Object.entries({ ...leftOutFigure(work, prompts.length, ['answers', 'own', name]), ...figures })) {
      result[`${name}/${figure}`] = value
    }
  }
  return result
}

const likelihoodInput = z.object({ prompt: z.string().nullable(), text: z.string() })

async function measureTexts(work: StandaloneWork, { model, source, count }: LikelihoodSettings): Promise<Figures> {
  const inputs = await inputsOf(work, likelihoodInput, () => textsOf(source.path, count))
  setTotal(work, inputs.length)
  const figures = await measureLikelihood(work, as('own', model), inputs)
  return { ...figures, ...leftOutFigure(work, inputs.length) }
}

/** The first prompts of a source: held out by a run, or from a file. Throws BAD_INPUT if there are none. */
export async function promptsOf(store: Store, source: InputSource, count: number): Promise<string[]> {
  const prompts = source.from === 'run' ? heldOut(store, source.runId) : await promptsIn(source.path)
  if (prompts.length === 0) throw badInput('No prompts to compare the models on.', 'Choose a run with held-out prompts, or a file.')
  return prompts.slice(0, count)
}

const heldOut = (store: Store, runId: string): string[] => store.examples.ofKind(runId, 'held-out').map(({ instruction }) => instruction)

async function promptsIn(path: string): Promise<string[]> {
  const { prompts, instructions, ranked, preferences } = await importInThread(path)
  const all = [
    ...prompts,
    ...ranked.map(({ prompt }) => prompt),
    ...(ranked.length > 0 ? [] : instructions.flatMap(({ prompt }) => standalone(prompt))), // the best ranked answers are listed twice
    ...preferences.flatMap(({ prompt }) => standalone(prompt)),
  ]
  return [...new Set(all)]
}

/** A prompt that is a single text, not a multi-turn conversation. */
const standalone = (prompt: Prompt): string[] =>
  typeof prompt === 'string' ? [prompt] : prompt.length === 1 && prompt[0].role === 'user' ? [prompt[0].content] : []

/** Human-ranked answers: held out by a run, or from a file. Throws BAD_INPUT if there are none. */
async function rankedOf(
  store: Store,
  source: InputSource,
  count: number,
  isUseful: (ranked: RankedInput) => boolean = () => true,
): Promise<RankedInput[]> {
  const all = source.from === 'run' ? rankedHeldOut(store, source.runId) : orderedAnswers(await importInThread(source.path))
  const ranked = all.filter(isUseful)
  if (ranked.length === 0)
    throw badInput('No human-ranked answers found.', 'Choose a file of {question, answer, rank} rows, preference pairs, or OASST trees.')
  return ranked.slice(0, count).map(({ prompt, answers }) => ({ prompt, answers: answers.map(({ text, rank }) => ({ text, rank })) }))
}

/** The rows of a file: plain texts, and responses with their prompts. Throws BAD_INPUT if there are none. */
export async function textsOf(path: string, count: number): Promise<LikelihoodInput[]> {
  const { prompts, instructions, preferences } = await importInThread(path)
  const rows: LikelihoodInput[] = [
    ...instructions.flatMap(({ prompt, response }) => standalone(prompt).map((text) => ({ prompt: text, text: response }))),
    ...preferences.flatMap(({ prompt, chosen }) => standalone(prompt).map((text) => ({ prompt: text, text: chosen }))),
    ...prompts.map((text) => ({ prompt: null, text })),
  ].filter(({ text }) => text !== '')
  if (rows.length === 0)
    throw badInput(`${path} contains no text to measure.`, 'Choose a file of {text}, {prompt, completion} or {instruction, output} rows.')
  return rows.slice(0, count)
}
