import { deriveSeed, drawsOf } from './draws.ts'
import { drawTaskFor, type PromptUse, promptOf } from './grammar.ts'

/** Hyperparameters (learning rates, epochs, thresholds) were chosen on this set only. */
export const tuningPromptCount = 300
/** 600 prompts: a share near one half has a standard error of 2 points. */
export const testPromptCount = 600

/** Distinct prompts reserved for `use`. Another seed gives another set, but sets of different uses never overlap. */
export function promptSet(use: PromptUse, count: number, seed: number): string[] {
  const draws = drawsOf(deriveSeed(seed, 'demo prompts', use))
  const prompts = new Set<string>()
  while (prompts.size < count) prompts.add(promptOf(drawTaskFor(use, draws)))
  return [...prompts]
}
