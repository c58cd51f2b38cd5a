import { requirementJudging } from '../../shared/outside-measures.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import { modelNamed, type RunContext, type Stage } from '../run-context.ts'
import { samplingOf } from '../stage-work.ts'
import { gradedResponses } from '../stages/graded-verdicts.ts'
import { checkAnswers } from './answers.ts'
import { answerBoth, comparePairs, headToHeadAnswers } from './compare-models.ts'
import { measureJudge, rankedHeldOut } from './judge-quality.ts'
import { outsideCheckers } from './outside-checkers.ts'
import { measureRequirementJudge } from './requirement-quality.ts'
import { evaluate } from './run-evaluations.ts'
import { decidingOf, judgeNamedIn } from './run-judge.ts'
import type { NamedModel } from './units.ts'

/**
 * The models to compare a model with: the previous one and M1, each once. M1 is compared with the SFT baseline if there is one (the paper's
 * first comparison: does EFT data hurt?), else with M0. M0 and the SFT baseline have no opponents.
 */
function opponentsOf({ store, runId }: Stage, { name }: ModelRow): ModelRow[] {
  if (name === 'M0' || name === 'SFT') return []
  if (name === 'M1') return [store.models.find(runId, 'SFT') ?? store.models.find(runId, 'M0')!]
  const names = new Set([`M${Number(name.slice(1)) - 1}`, 'M1'])
  return [...names].map((opponent) => store.models.find(runId, opponent)!)
}

/**
 * Evaluates a model: head-to-head against the previous model and M1, judge quality against human rankings and programs, and the caller's checkers.
 * Skips results that are already stored.
 */
export async function evaluateModel(stage: Stage, model: ModelRow): Promise<void> {
  for (const opponent of opponentsOf(stage, model)) await compareWith(stage, model, opponent, judgeNamedIn('evaluation', stage, model))
  if (model.name !== 'M0' || !hasBaseline(stage)) await checkAsJudge(stage, model)
  await checkOnRequirements(stage, model)
  await checkModel(stage, model)
}

/** Compares two models on the held-out prompts, on which no model was trained. */
async function compareWith(stage: Stage, model: ModelRow, opponent: ModelRow, judge: NamedModel): Promise<void> {
  const { store, runId, recipe } = stage
  const heldOut = store.examples.ofKind(runId, 'held-out').slice(0, recipe.evaluation.count)
  if (heldOut.length === 0) return
  const comparison = {
    models: { own: model, other: opponent },
    judge,
    prompts: heldOut.map(({ instruction }) => instruction),
    sampling: samplingOf(recipe.evaluation),
    deciding: decidingOf({ ...recipe, reference: modelNamed(stage, 'M0').path }),
  }
  const measured = { model: model.name, kind: headToHeadAnswers, against: opponent.name, judge: judge.name }
  await evaluate(stage, measured, async (workOf) => {
    const pairs = await answerBoth(workOf('answers'), comparison)
    return pairs.length === 0 ? undefined : comparePairs(workOf('evaluate'), comparison, pairs) // if there are none, a warning has been reported
  })
}

/** Has a model judge the held-out human-ranked answers. */
async function checkAsJudge(stage: Stage, model: ModelRow): Promise<void> {
  const { store, runId, recipe } = stage
  const prompts = rankedHeldOut(store, runId)
  const reference = modelNamed(stage, 'M0').path
  if (recipe.judge.method === 'verifier') return // ranked answers come without requirements
  if (prompts.length === 0 || (recipe.judge.method === 'implicit' && model.path === reference)) return
  await evaluate(stage, { model: model.name, kind: 'judge', judge: model.name }, (workOf) =>
    measureJudge(workOf('answers'), { judge: recipe.judge, model, reference }, prompts),
  )
}

/** Has a model judge graded responses held out, requirement by requirement. */
async function checkOnRequirements(stage: Stage, model: ModelRow): Promise<void> {
  const { judge, seed_data } = stage.recipe
  const responses = gradedResponses(stage, 'held-out')
  if (responses.length === 0) return
  await evaluate(stage, { model: model.name, kind: requirementJudging, judge: model.name }, (workOf) =>
    measureRequirementJudge(workOf('answers'), { judge, model, unseen: seed_data.graded_unseen }, responses),
  )
}

/** Runs the checkers of the caller and of the recipe on a model. M0 is checked before any training, as the starting point. */
export async function checkModel(stage: Stage, model: ModelRow): Promise<void> {
  for (const checker of [...stage.checkers, ...(await outsideCheckers(stage))]) {
    await evaluate(stage, { model: model.name, kind: checker.name }, (workOf) => checkAnswers(workOf('answers'), model, checker))
  }
}

/** With an SFT baseline, EFT data is compared against that, so M0 needn't judge. */
const hasBaseline = ({ store, runId }: Stage): boolean => store.models.find(runId, 'SFT') !== undefined

/** Runs newly provided checkers on models that a run (possibly finished) trained without them. */
export async function catchUpOnChecks(context: RunContext): Promise<void> {
  const stage: Stage = { ...context, iteration: context.recipe.iterations, stage: 'evaluate' }
  for (const model of context.store.models.ofRun(context.runId)) {
    await checkModel(stage, model)
  }
}
