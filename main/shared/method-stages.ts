import type { Method, Recipe } from './recipe.ts'
import type { StageName } from './run-events.ts'

/** The stages of an iteration, by the recipe's method. Where no judge is needed, nothing is judged. */
const stagesBy: Readonly<Record<Method, readonly StageName[]>> = {
  'self-rewarding': ['prompts', 'candidates', 'judgements', 'pairs', 'judge-pairs', 'review', 'train', 'evaluate'],
  spin: ['prompts', 'candidates', 'pairs', 'review', 'train', 'evaluate'],
  'self-sft': ['prompts', 'candidates', 'train', 'evaluate'],
}

/** The stages of every iteration of a run, in their order. */
export const iterationStages = ({ method, meta }: Pick<Recipe, 'method' | 'meta'>): readonly StageName[] =>
  stagesBy[method].filter((stage) => stage !== 'judge-pairs' || meta.count > 0)

/** Whether a judge's rewards make the pairs. */
export const isJudged = ({ method }: Pick<Recipe, 'method'>): boolean => stagesBy[method].includes('judgements')
