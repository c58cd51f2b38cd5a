import { seedProblemsInThread } from '../../data/import-thread.ts'
import { modelFacts } from '../../models/model-facts.ts'
import type { Recipe } from '../../shared/recipe.ts'
import { isGraded } from './eft-forms.ts'
import { usesTaskFile } from './recipe-files.ts'
import type { RecipeProblem } from './recipe-problems.ts'

/**
 * Problems in the contents of the files that a recipe names, by key: data with no rows for its role, or a base model without its tokenizer
 * or with missing weights. Reading them here prevents a run that fails as soon as it starts. `checkRecipe` reports missing files.
 */
export async function sourceProblems(recipe: Recipe): Promise<RecipeProblem[]> {
  const { base_model, seed_data, prompts, judge, evaluation, checkpoint_choice } = recipe
  const isOtherJudge = evaluation.count > 0 && /[/\\]/.test(evaluation.judge)
  const isOtherChooser = checkpoint_choice.every > 0 && /[/\\]/.test(checkpoint_choice.judge)
  const [base, otherJudge, otherChooser, seeds] = await Promise.all([
    modelProblem('base_model', base_model),
    isOtherJudge ? modelProblem('evaluation.judge', evaluation.judge) : [],
    isOtherChooser ? modelProblem('checkpoint_choice.judge', checkpoint_choice.judge) : [],
    seedProblemsInThread({
      ...{ ift: seed_data.ift, eft: seed_data.eft, ranked: seed_data.ranked },
      prompts: prompts.method === 'file' ? prompts.file : null,
      tasks: usesTaskFile(recipe) ? prompts.grammar.tasks : null,
      evaluationPrompts: evaluation.prompts,
      ...{ checks: evaluation.checks, checksHeldOut: evaluation.checks_held_out },
      gradedPrompts: isGraded(recipe) ? seed_data.graded_prompts : null,
      gradedHeldOut: seed_data.graded_held_out,
      rankedHeldOut: seed_data.ranked_held_out,
      evaluationCount: evaluation.count,
      ...(checkpoint_choice.every > 0 && { validationPrompts: checkpoint_choice.prompts, validationCount: checkpoint_choice.count }),
      needsDemonstrations: prompts.method === 'self-instruct',
      needsChecks: judge.method === 'verifier',
    }),
  ])
  return [...base, ...otherJudge, ...otherChooser, ...seeds]
}

async function modelProblem(key: string, path: string): Promise<RecipeProblem[]> {
  const { problem } = await modelFacts(path)
  return problem === null
    ? []
    : [{ key, message: `${path} can't be used: ${problem}`, remedy: 'Choose another model, or add the missing files.' }]
}
