import { existsSync } from 'node:fs'
import { familiesNamed } from '../../data/grammar-prompts.ts'
import { loadChecklistPrompt, loadMetaPrompt, loadPairwisePrompt, loadSystemPrompt } from '../../evaluation/judge-prompt.ts'
import { locateModel } from '../../models/locate-model.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { Recipe } from '../../shared/recipe.ts'
import { templateOf } from '../judges/judge-work.ts'
import { judges } from '../judges/judges.ts'
import { isGraded, usesJudge } from './eft-forms.ts'

/** A file named in a recipe that is missing or invalid. */
interface FileProblem {
  readonly key: string
  readonly error: LaurelError
}

/**
 * Checks that everything a recipe names exists before any computation starts: a missing file shouldn't show up hours later.
 * Throws NOT_FOUND or BAD_INPUT naming the key.
 */
export function checkFiles(recipe: Recipe): void {
  const [first] = fileProblems(recipe)
  if (first !== undefined) throw first.error
}

export function fileProblems(recipe: Recipe): FileProblem[] {
  const { base_model, seed_data, prompts, judge, meta, evaluation, checkpoint_choice } = recipe
  const files: Record<string, string | null> = {
    'seed_data.ift': seed_data.ift,
    'seed_data.eft': seed_data.eft,
    'seed_data.ranked': seed_data.ranked,
    'seed_data.graded_prompts': isGraded(recipe) ? seed_data.graded_prompts : null,
    'prompts.file': prompts.method === 'file' && recipe.method !== 'spin' ? prompts.file : null,
    'prompts.grammar.tasks': usesTaskFile(recipe) ? prompts.grammar.tasks : null,
    'evaluation.prompts': evaluation.prompts,
    'checkpoint_choice.prompts': checkpoint_choice.every > 0 ? checkpoint_choice.prompts : null,
    'evaluation.checks': evaluation.checks,
    'evaluation.checks_held_out': evaluation.checks_held_out,
  }
  const chooses = checkpoint_choice.every > 0
  const measures = evaluation.count > 0 || chooses
  const isUsed = usesJudge(recipe)
  const { grammar } = prompts
  const { prompt } = judges[judge.method]
  return [
    ...problemOf('base_model', () => locateModel(base_model, 'base_model')),
    ...Object.entries(files).flatMap(([key, path]) => problemOf(key, () => path !== null && locateFile(key, path))),
    ...problemOf('prompts.grammar.families', () => usesGrammar(recipe) && familiesNamed(grammar.families, grammar.without)),
    ...problemOf('judge.prompt', () => isUsed && prompt && templateOf(prompt, judge)),
    ...problemOf('judge.checklist_prompt', () => isUsed && judge.method === 'checklist' && loadChecklistPrompt(judge.checklist_prompt)),
    ...problemOf('judge.contrast.good', () => isUsed && judge.method === 'contrast' && loadSystemPrompt(judge.contrast.good)),
    ...problemOf('judge.contrast.bad', () => isUsed && judge.method === 'contrast' && loadSystemPrompt(judge.contrast.bad)),
    ...problemOf('meta.prompt', () => meta.count > 0 && loadMetaPrompt(meta.prompt)),
    ...problemOf(
      'evaluation.judge_prompt',
      () => measures && evaluation.method === 'pairwise' && loadPairwisePrompt(evaluation.judge_prompt),
    ),
    ...problemOf(
      'checkpoint_choice.judge',
      () => chooses && /[/\\]/.test(checkpoint_choice.judge) && locateModel(checkpoint_choice.judge, 'checkpoint_choice.judge'),
    ),
    ...problemOf('evaluation.judge', () => measures && /[/\\]/.test(evaluation.judge) && locateModel(evaluation.judge, 'evaluation.judge')),
  ]
}

/** Whether the recipe takes tasks from a file of the user's. */
export const usesTaskFile = (recipe: Recipe): boolean =>
  usesGrammar(recipe) && recipe.prompts.grammar.tasks !== null && recipe.prompts.grammar.tasks !== 'model'

/** Whether the run's prompts, or those whose responses programs grade, are put together. */
const usesGrammar = (recipe: Recipe): boolean =>
  recipe.prompts.method === 'grammar' || (isGraded(recipe) && recipe.seed_data.graded_prompts === null)

function locateFile(key: string, path: string): void {
  if (existsSync(path)) return
  throw new LaurelError(
    'NOT_FOUND',
    `${key}: file ${path} not found.`,
    `Fix the recipe, or set the path: laurel run new ... --set ${key}=FILE.`,
  )
}

function problemOf(key: string, look: () => unknown): FileProblem[] {
  try {
    look()
    return []
  } catch (error) {
    if (error instanceof LaurelError) return [{ key, error }]
    throw error
  }
}
