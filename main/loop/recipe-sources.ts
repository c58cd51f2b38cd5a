import { seedProblemsInThread } from '../data/import-thread.ts'
import { modelFacts } from '../models/model-facts.ts'
import type { Recipe } from './recipe.ts'
import type { RecipeProblem } from './recipe-problems.ts'

/**
 * What is wrong inside the files that a recipe names, each by its key: data without anything for its role, a base model without its tokenizer or
 * with weights missing. Reads them, so that a run isn't made that fails as soon as it starts. Files that are not there are told by `checkRecipe`.
 */
export async function sourceProblems(recipe: Recipe): Promise<RecipeProblem[]> {
  const { base_model, seed_data, prompts, evaluation } = recipe
  const isOtherJudge = evaluation.count > 0 && /[/\\]/.test(evaluation.judge)
  const [base, judge, seeds] = await Promise.all([
    modelProblem('base_model', base_model),
    isOtherJudge ? modelProblem('evaluation.judge', evaluation.judge) : [],
    seedProblemsInThread({
      ...{ ift: seed_data.ift, eft: seed_data.eft, ranked: seed_data.ranked },
      prompts: prompts.method === 'file' ? prompts.file : null,
      evaluationPrompts: evaluation.prompts,
      rankedHeldOut: seed_data.ranked_held_out,
      evaluationCount: evaluation.count,
      needsDemonstrations: prompts.method === 'self-instruct',
    }),
  ])
  return [...base, ...judge, ...seeds]
}

async function modelProblem(key: string, path: string): Promise<RecipeProblem[]> {
  const { problem } = await modelFacts(path)
  return problem === null
    ? []
    : [{ key, message: `${path} can't be used: ${problem}`, remedy: 'Choose another model, or complete its files.' }]
}
