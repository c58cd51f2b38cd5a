import { basename } from 'node:path'
import { locateModel } from '../../models/locate-model.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import { modelNamed, type RunContext, type Stage } from '../run-context.ts'
import { check } from './check.ts'
import { type ComparisonJudge, compareModels } from './head-to-head-of-run.ts'
import { measureJudge } from './judge-quality.ts'

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
 * Evaluates a model: head-to-head against the previous model and M1, judge quality against human rankings, and the caller's checkers.
 * Skips results that are already stored.
 */
export async function evaluateModel(stage: Stage, model: ModelRow): Promise<void> {
  for (const opponent of opponentsOf(stage, model)) await compareModels(stage, model, opponent, comparisonJudge(stage, model))
  if (model.name !== 'M0' || !hasBaseline(stage)) await measureJudge(stage, model)
  await checkModel(stage, model)
}

/** Runs the caller's checkers on a model. M0 is checked before any training, as the starting point. */
export async function checkModel(stage: Stage, model: ModelRow): Promise<void> {
  for (const checker of stage.checkers) await check(stage, model, checker)
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

/** The judge the recipe names. `current` is the evaluated model. */
function comparisonJudge(stage: Stage, model: ModelRow): ComparisonJudge {
  const named = stage.recipe.evaluation.judge
  if (named === 'current') return model
  if (/^(M\d+|SFT)$/.test(named)) return modelNamed(stage, named)
  return { name: basename(named), path: locateModel(named, 'evaluation.judge') }
}
