import { basename } from 'node:path'
import { locateModel } from '../models/locate-model.ts'
import type { ModelRow } from '../store/models.ts'
import { check } from './check.ts'
import { modelNamed, type RunContext, type Stage } from './context.ts'
import { type ComparisonJudge, compareModels } from './head-to-head.ts'
import { measureJudge } from './judge-quality.ts'

/**
 * The models against which one is compared: the one before it and M1, each once. M1 is compared with the SFT baseline where there is one
 * (the paper's first comparison: does EFT data hurt?), else with M0; those two with nobody.
 */
function opponentsOf({ store, runId }: Stage, { name }: ModelRow): ModelRow[] {
  if (name === 'M0' || name === 'SFT') return []
  if (name === 'M1') return [store.models.find(runId, 'SFT') ?? store.models.find(runId, 'M0')!]
  const names = new Set([`M${Number(name.slice(1)) - 1}`, 'M1'])
  return [...names].map((opponent) => store.models.find(runId, opponent)!)
}

/**
 * Measure a model: head-to-head against the one before and against M1, its quality as a judge against people's ranks, and the caller's
 * checkers. What is stored already is not measured again.
 */
export async function evaluateModel(stage: Stage, model: ModelRow): Promise<void> {
  for (const opponent of opponentsOf(stage, model)) await compareModels(stage, model, opponent, comparisonJudge(stage, model))
  if (model.name !== 'M0' || !hasBaseline(stage)) await measureJudge(stage, model)
  await checkModel(stage, model)
}

/** Measure a model by what the run's caller brought along: for M0 before anything is trained, so that one sees where the run starts. */
export async function checkModel(stage: Stage, model: ModelRow): Promise<void> {
  for (const checker of stage.checkers) await check(stage, model, checker)
}

/** Where there is an SFT baseline, it is what EFT data is measured against, and M0 need not judge. */
const hasBaseline = ({ store, runId }: Stage): boolean => store.models.find(runId, 'SFT') !== undefined

/** Checkers may be brought to a run that has gone on, or ended, without them: its models are then measured by them now. */
export async function catchUpOnChecks(context: RunContext): Promise<void> {
  const stage: Stage = { ...context, iteration: context.recipe.iterations, stage: 'evaluate' }
  for (const model of context.store.models.ofRun(context.runId)) {
    await checkModel(stage, model)
  }
}

/** The judge the recipe names: `current` is the model that is measured. */
function comparisonJudge(stage: Stage, model: ModelRow): ComparisonJudge {
  const named = stage.recipe.evaluation.judge
  if (named === 'current') return model
  if (/^(M\d+|SFT)$/.test(named)) return modelNamed(stage, named)
  return { name: basename(named), path: locateModel(named, 'evaluation.judge') }
}
