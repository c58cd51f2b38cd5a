import { existsSync } from 'node:fs'
import { LaurelError } from '../common/errors.ts'
import { loadJudgePrompt, loadPairwisePrompt } from '../evaluation/judge-prompt.ts'
import { locateModel } from '../models/locate-model.ts'
import type { Recipe } from './recipe.ts'

/**
 * Make sure that everything a recipe names is there, before anything is computed: a missing file should not show hours later.
 * Throws NOT_FOUND or BAD_INPUT naming the key.
 */
export function checkFiles({ base_model, seed_data, prompts, judge, evaluation }: Recipe): void {
  locateModel(base_model, 'base_model')
  const files: Record<string, string | null> = {
    'seed_data.ift': seed_data.ift,
    'seed_data.eft': seed_data.eft,
    'seed_data.ranked': seed_data.ranked,
    'prompts.file': prompts.method === 'file' ? prompts.file : null,
    'evaluation.prompts': evaluation.prompts,
  }
  for (const [key, path] of Object.entries(files)) {
    if (path === null || existsSync(path)) continue
    throw new LaurelError(
      'NOT_FOUND',
      `${key}: there is no file ${path}.`,
      `Correct the recipe, or say which: laurel run new ... --set ${key}=FILE.`,
    )
  }
  loadJudgePrompt(judge.prompt)
  if (evaluation.count > 0 && evaluation.method === 'pairwise') loadPairwisePrompt(evaluation.judge_prompt)
  if (evaluation.count > 0 && /[/\\]/.test(evaluation.judge)) locateModel(evaluation.judge, 'evaluation.judge')
}
