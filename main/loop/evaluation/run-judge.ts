import { basename } from 'node:path'
import { locateModel } from '../../models/locate-model.ts'
import type { HeadToHeadSettings } from '../../shared/evaluation-settings.ts'
import { modelNumber } from '../../shared/model-number.ts'
import type { JudgeRecipe, Recipe } from '../../shared/recipe.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import { modelNamed, type Stage } from '../run-context.ts'
import { answering } from '../run-engines.ts'
import type { NamedModel } from './units.ts'

/**
 * The judge that a part of the recipe names: a model of the run, the one at hand (`current`), or the path of another. An engine with a model of
 * its own judges by that.
 */
export function judgeNamedIn(part: 'evaluation' | 'checkpoint_choice', stage: Stage, current: ModelRow): NamedModel {
  return answering(stage.engines.of('evaluate'), named())

  function named(): NamedModel {
    const { judge } = stage.recipe[part]
    if (judge === 'current') return current
    if (judge === 'SFT' || modelNumber(judge) !== null) return modelNamed(stage, judge)
    return { name: basename(judge), path: locateModel(judge, `${part}.judge`) }
  }
}

interface Decision {
  readonly evaluation: Pick<Recipe['evaluation'], 'method' | 'judge_prompt' | 'judge_max_new_tokens'>
  readonly judge: JudgeRecipe
  /** Path of the judge's M0, if known. */
  readonly reference?: string
}

/** How a recipe's evaluation decides which of two answers is better. */
export const decidingOf = ({ evaluation, judge, reference }: Decision): HeadToHeadSettings['deciding'] =>
  evaluation.method === 'pairwise'
    ? { method: 'pairwise', prompt: evaluation.judge_prompt, maxNewTokens: evaluation.judge_max_new_tokens }
    : { method: 'score', judge, reference }
