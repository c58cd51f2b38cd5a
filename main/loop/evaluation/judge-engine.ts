import type { ConfiguredEngine } from '../../shared/engine-settings.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { type ChosenModel, type EvaluationSettings, type JudgingModel, judgeIn } from '../../shared/evaluation-settings.ts'
import type { JudgeMethod } from '../../shared/recipe.ts'
import type { Store } from '../../store/store.ts'
import { checkServesJudge } from '../recipe/engine-problems.ts'

/** What an engine with a model of its own is called as a judge, in runs too; null: it judges with a model that is named. */
export const ownJudge = ({ name, settings }: ConfiguredEngine): string | null =>
  settings.kind === 'openai' ? `${name} (${settings.model})` : null

/** A model that judges on an engine elsewhere. Throws BAD_INPUT if the engine has its own and another one is named, or the other way round. */
export function judgeOn(engine: ConfiguredEngine, model: ChosenModel | null): JudgingModel {
  const { name } = engine
  const own = ownJudge(engine)
  if (own === null) {
    if (model === null) throw badInput(`The cluster ${name} has no model of its own.`, 'Name the model that judges, too.')
    return { ...model, label: `${model.label} on ${name}`, engine: name }
  }
  if (model !== null) throw badInput(`The server ${name} judges with its own model, ${own}.`, 'Name either the engine or a model.')
  return { id: own, label: own, path: '', engine: name }
}

/** The engine elsewhere that an evaluation's judge needs; null: this machine's. Throws NOT_FOUND or BAD_INPUT if it can't judge there now. */
export function judgeEngineOf(store: Store, settings: EvaluationSettings): ConfiguredEngine | null {
  const judge = judgeIn(settings)
  if (judge?.engine === undefined) return null
  const engine = store.engines.resolve(judge.engine)
  const own = ownJudge(engine)
  if (own !== null && own !== judge.label) {
    throw badInput(`The judge of this evaluation is ${judge.label}, but that engine is ${own} now.`, 'Start another evaluation.')
  }
  checkServesJudge(engine, methodOf(settings), 'judge on this machine')
  return engine
}

/** The method of judging whose needs the evaluation's judge has. */
function methodOf(settings: EvaluationSettings): JudgeMethod {
  switch (settings.kind) {
    case 'judge':
      return settings.judge.method
    case 'head-to-head':
    case 'user-agreement':
      return settings.deciding.method === 'score' ? settings.deciding.judge.method : 'additive' // it writes its verdict
    case 'alpaca-eval':
      return 'pairwise' // by the verdict's first token
    default:
      return 'additive' // a probe has an outcome for each judge, even if it is that the engine can't serve it
  }
}

/** Why an engine can't serve a judge; null: it can. */
export function refusalOf(engine: ConfiguredEngine | null, method: JudgeMethod): string | null {
  try {
    if (engine !== null) checkServesJudge(engine, method, 'judge on this machine')
    return null
  } catch (error) {
    if (error instanceof LaurelError && error.code === 'BAD_INPUT') return error.message
    throw error
  }
}

/** Whether a model has to answer, besides the one that judges. */
export function hasAnswers(settings: EvaluationSettings): boolean {
  if (settings.kind === 'alpaca-eval') return settings.model.outputs === null || settings.against.outputs === null
  return settings.kind !== 'judge' && settings.kind !== 'user-agreement' && settings.kind !== 'probe'
}
