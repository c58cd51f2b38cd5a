import type { ShownModel } from '../api/contract/runs.ts'
import { resourceFile } from '../common/resources.ts'
import type { Checker } from '../loop/context.ts'
import { loadRecipe, type Override, recipeFile } from '../loop/load-recipe.ts'
import type { Recipe } from '../loop/recipe.ts'
import { promptSet, testPromptCount } from './prompt-sets.ts'
import type { ModelSummary } from './summary.ts'
import { greedyAccuracy, sampledAccuracy, trueAccuracyCheckers } from './true-accuracy.ts'

/** `self`: the model reviews its own answers. `random`: a control, in which nobody does. */
export const demoJudges = ['self', 'random'] as const
export type DemoJudge = (typeof demoJudges)[number]

/**
 * Random rewards nearly always differ by the recipe's gap. This one leaves the control about as many pairs as the judge
 * makes: the range of four uniform numbers in 0 .. 5 exceeds it for 6 prompts of 10.
 */
const randomGap = 2.75

/** The shipped recipe with a seed and a judge. */
export function demoRecipe(seed: number, judge: DemoJudge): Recipe {
  const control: Override[] = [
    ['judge.method', 'random'],
    ['pairs.min_gap', String(randomGap)],
  ]
  return loadRecipe(recipeFile('demo'), [['seed', String(seed)], ...(judge === 'random' ? control : [])])
}

/** The program that grades the demo's models belongs to every run of the demo's model; other runs have none. */
export const demoCheckers = ({ base_model, prompts }: Recipe): Checker[] =>
  base_model === resourceFile('demo', 'model') && prompts.method === 'pre-query' ? usualCheckers() : []

let made: Checker[] | undefined

/** The standard test prompts are drawn once: drawing them takes longer than reading the recipes of a hundred runs. */
function usualCheckers(): Checker[] {
  made ??= trueAccuracyCheckers(promptSet('test', testPromptCount, 0))
  return made
}

/** A model of a finished demo run as its table shows it. */
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
