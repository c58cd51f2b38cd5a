import { resourceFile } from '../common/resources.ts'
import { loadRecipe, type Override, recipeFile } from '../loop/recipe/load-recipe.ts'
import type { Checker } from '../loop/run-context.ts'
import type { ShownModel } from '../shared/contract/runs-contract.ts'
import type { Recipe } from '../shared/recipe.ts'
import { promptSet, testPromptCount } from './demo-seed-data.ts'
import type { ModelSummary } from './summary.ts'
import { greedyAccuracy, sampledAccuracy, trueAccuracyCheckers } from './true-accuracy.ts'

/** `self`: the model judges its own answers. `random`: the control, with random rewards. */
export const demoJudges = ['self', 'random'] as const
export type DemoJudge = (typeof demoJudges)[number]

/**
 * Random rewards nearly always differ by the recipe's gap. With this one the control makes about as many pairs as the judge: the range of
 * four uniform numbers in 0 .. 5 exceeds it for 6 prompts in 10.
 */
const randomGap = 2.75

/** The demo recipe with a seed and a judge. */
export function demoRecipe(seed: number, judge: DemoJudge): Recipe {
  const control: Override[] = [
    ['judge.method', 'random'],
    ['pairs.min_gap', String(randomGap)],
  ]
  return loadRecipe(recipeFile('demo'), [['seed', String(seed)], ...(judge === 'random' ? control : [])])
}

/** The grading program applies to runs of the demo's model only. */
export const demoCheckers = ({ base_model, prompts }: Recipe): Checker[] =>
  base_model === resourceFile('demo', 'model') && prompts.method === 'pre-query' ? usualCheckers() : []

let made: Checker[] | undefined

/** The standard test prompts are drawn once: that takes longer than reading the recipes of a hundred runs. */
function usualCheckers(): Checker[] {
  made ??= trueAccuracyCheckers(promptSet('test', testPromptCount, 0))
  return made
}

/** A model of a finished demo run, as a row of the summary. */
export function summaryOf({ name, made, checks }: ShownModel): ModelSummary {
  const allFive = (check: string): number => checks[check]?.all_five ?? Number.NaN
  return {
    name,
    trueAccuracy: allFive(sampledAccuracy),
    trueAccuracyGreedy: allFive(greedyAccuracy),
    meanReward: made?.mean_reward ?? null,
    pairs: made?.pairs ?? null,
    parseFailures: made?.parse_failures ?? null,
    meanLength: checks[sampledAccuracy]?.length ?? null,
  }
}
