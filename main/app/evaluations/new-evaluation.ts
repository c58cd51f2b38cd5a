import { judgeOn } from '../../loop/evaluation/judge-engine.ts'
import { decidingOf } from '../../loop/evaluation/run-judge.ts'
import { storedRecipe } from '../../loop/recipe/stored-recipe.ts'
import type { JudgingChoice, NewEvaluation } from '../../shared/contract/evaluations-contract.ts'
import { engineOfModel } from '../../shared/engine-settings.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import {
  type ChosenModel,
  type EvaluationSettings,
  evaluationSettings,
  type HeadToHeadSettings,
  type JudgingModel,
  type MtBenchSettings,
  type NewTokenLimits,
  newTokenDefaults,
} from '../../shared/evaluation-settings.ts'
import { type JudgeRecipe, judgeRecipe, type Recipe, newGenerator as random, recipe as recipeSchema } from '../../shared/recipe.ts'
import type { Store } from '../../store/store.ts'
import { findModel, labelOf, mustWork } from '../models/model-library.ts'
import { alpacaEvalOf } from './alpaca-eval-results.ts'

interface Library {
  readonly home: string
  readonly store: Store
}

/** Completes a request: resolves models, and takes every number from the run's recipe or the standard protocol. */
export async function settingsOf(library: Library, wanted: NewEvaluation): Promise<{ settings: EvaluationSettings; title: string }> {
  const isJudge = wanted.kind === 'judge' || wanted.kind === 'user-agreement'
  const model = isJudge ? await chosenJudge(library, wanted.model, wanted.judgeEngine) : await chosenModel(library, wanted.model)
  switch (wanted.kind) {
    case 'head-to-head': {
      const { judging, source, count, seed } = wanted
      const against = await chosenModel(library, wanted.against)
      if (against.id === model.id) throw selfCompared()
      const judge = await chosenJudge(library, wanted.judge, wanted.judgeEngine)
      const settings = { kind: wanted.kind, model, against, judge, ...decisionOf(library, judging), source, count, seed, random }
      return { settings, title: `${model.label} v ${against.label}` }
    }
    case 'judge': {
      const { judging, source, count, seed } = wanted
      return { settings: { kind: 'judge', model, ...judgeOf(library, judging), source, count, seed, random }, title: model.label }
    }
    case 'accuracy':
      return {
        settings: { kind: 'accuracy', model, runId: await runOf(library, wanted.model), seed: wanted.seed, random },
        title: model.label,
      }
    case 'likelihood':
      return {
        settings: { kind: 'likelihood', model, source: { from: 'file', path: wanted.file }, count: wanted.count, random },
        title: model.label,
      }
    case 'multiple-choice':
    case 'perplexity':
    case 'ifeval': {
      const { kind, file, count } = wanted
      const limits = kind === 'ifeval' && wanted.maxNewTokens !== undefined ? { maxNewTokens: wanted.maxNewTokens } : {}
      return fileEvaluationOf({ kind, model, path: file, count }, limits)
    }
    case 'mt-bench': {
      const { source, seed } = wanted
      const against = wanted.against === null ? null : await chosenModel(library, wanted.against)
      if (against?.id === model.id) throw selfCompared()
      const judge = await chosenJudge(library, wanted.judge, wanted.judgeEngine)
      return mtBenchOf({ model, against, judge, source, seed }, wanted)
    }
    case 'user-agreement': {
      const { judging, votes, seed } = wanted
      const { deciding } = decisionOf(library, judging)
      return { settings: { kind: wanted.kind, model, deciding, votes, seed, random }, title: model.label }
    }
    case 'alpaca-eval': {
      const { file, count, seed } = wanted
      const against = wanted.against === null ? null : await chosenModel(library, wanted.against)
      if (against?.id === model.id) throw selfCompared()
      const judge = await chosenJudge(library, wanted.judge, wanted.judgeEngine)
      return alpacaEvalOf({ model, against, judge, instructions: file, count, seed, maxNewTokens: wanted.maxNewTokens })
    }
  }
}

/** How each kind that measures a model on a file does it, unless a command says otherwise. */
export const fileEvaluationDefaults = {
  'multiple-choice': { template: 'Question: {question}\nAnswer:' },
  perplexity: { context: 1024, stride: 512 },
  ifeval: newTokenDefaults.ifeval,
} as const

/** An evaluation of a model on a file, and its title. `settings`: those that aren't the defaults. */
export function fileEvaluationOf(
  {
    kind,
    model,
    path,
    count,
  }: { readonly kind: FileEvaluationKind; readonly model: ChosenModel; readonly path: string; readonly count: number },
  settings: object = {},
): { settings: EvaluationSettings; title: string } {
  const source = { from: 'file', path }
  return {
    settings: evaluationSettings.parse({ kind, model, source, count, random, ...fileEvaluationDefaults[kind], ...settings }),
    title: model.label,
  }
}
export type FileEvaluationKind = keyof typeof fileEvaluationDefaults

const selfCompared = () => badInput("A model can't be compared with itself.", 'Choose two different models.')

const fastChat = newTokenDefaults['mt-bench']

/** MT-Bench, by default with FastChat's limits of length, and the evaluation's title. */
export const mtBenchOf = (
  chosen: Pick<MtBenchSettings, 'model' | 'against' | 'judge' | 'source' | 'seed'>,
  { maxNewTokens = fastChat.maxNewTokens, judgeMaxNewTokens = fastChat.judgeMaxNewTokens }: NewTokenLimits = {},
): { settings: MtBenchSettings; title: string } => ({
  settings: { kind: 'mt-bench', ...chosen, maxNewTokens, judgeMaxNewTokens, random },
  title: chosen.against === null ? chosen.model.label : `${chosen.model.label} v ${chosen.against.label}`,
})

async function chosenModel({ home, store }: Library, id: string): Promise<ChosenModel> {
  const model = mustWork(await findModel(home, store, id))
  return { id, label: labelOf(model), path: model.path }
}

/** A judge: a model of the library, on this machine or on a cluster, or a server's own. */
async function chosenJudge(library: Library, id: string, cluster: string | undefined): Promise<JudgingModel> {
  const { engines } = library.store
  const server = engineOfModel(id)
  if (server !== null) return judgeOn(engines.resolve(server), null)
  const model = await chosenModel(library, id)
  return cluster === undefined ? model : judgeOn(engines.resolve(cluster), model)
}

/** Only a run's model has a recipe, which determines the program that can check it. */
async function runOf({ home, store }: Library, id: string): Promise<string> {
  const { origin } = await findModel(home, store, id)
  if (origin !== null) return origin.runId
  throw new LaurelError('UNSUPPORTED', 'No program can check this model’s answers.', 'Choose a model of a demo run.')
}

const recipeOf = ({ store }: Library, runId: string): Recipe => storedRecipe(store.runs.resolve(runId))

/** Defaults to the paper's comparison: both orders, answers sampled at T = 0.7 and top-p 0.9. */
function decisionOf(library: Library, judging: JudgingChoice): Pick<HeadToHeadSettings, 'deciding' | 'answering'> {
  const standard = recipeSchema.shape.evaluation.parse(undefined)
  const evaluation: Recipe['evaluation'] =
    judging.as === 'run'
      ? recipeOf(library, judging.runId).evaluation
      : { ...standard, method: judging.as === 'pairwise' ? 'pairwise' : 'reward' }
  const { temperature, top_p, top_k, max_new_tokens, stop } = evaluation
  return {
    answering: { temperature, top_p, top_k, max_new_tokens, stop },
    deciding: decidingOf({ evaluation, ...judgeOf(library, judging) }),
  }
}

/** A standard judge, or a run's with the run's M0, which it may compare models with. */
function judgeOf(library: Library, judging: JudgingChoice): { judge: JudgeRecipe; reference?: string } {
  if (judging.as !== 'run') return { judge: judgeRecipe.parse({ method: judging.as }) }
  return { judge: recipeOf(library, judging.runId).judge, reference: library.store.models.find(judging.runId, 'M0')?.path }
}
