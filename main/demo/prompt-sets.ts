import { deriveSeed } from '../common/random.ts'
import { drawsOf } from './draws.ts'
import { drawTaskFor, type PromptUse, promptOf } from './grammar.ts'

/** Choices (step sizes, epochs, thresholds) were made on this set only. */
export const tuningPromptCount = 300
/** 600 prompts: a share near one half then has a standard error of 2 points. */
export const testPromptCount = 600

/** Different prompts reserved for `use`. Another seed gives another set; no set of one use shares a prompt with another use. */
export function promptSet(use: PromptUse, count: number, seed: number): string[] {
  const draws = drawsOf(deriveSeed(seed, 'demo prompts', use))
  const prompts = new Set<string>()
  while (prompts.size < count) prompts.add(promptOf(drawTaskFor(use, draws)))
  return [...prompts]
}
