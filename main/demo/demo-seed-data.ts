import { demonstrate } from './demonstration.ts'
import { deriveSeed, drawsOf, drawTaskFor, type PromptUse, parsePrompt, promptOf } from './grammar.ts'
import { type ReviewPart, reviewPrompt, trueReview } from './review-text.ts'

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

/** Correct answers to imitate: few, as in the paper (3,200 for a much larger model). */
const iftCount = 200
const eftCount = 500

/** Ticks and score carry the judgement; a review must end after five ticks; the echo is already known. */
const partWeight: Readonly<Record<ReviewPart, number>> = { tick: 2, digit: 2, echo: 0.3, frame: 1 }

interface SeedRow {
  readonly prompt: string
  readonly completion: string
  /** Loss weight per completion token, including EOS. */
  readonly weights?: readonly number[]
}

/** Training prompts with answers that meet all five requirements. */
export function instructionRows(seed: number): SeedRow[] {
  const draws = drawsOf(deriveSeed(seed, 'demo instructions'))
  return Array.from({ length: iftCount }, () => {
    const task = drawTaskFor('training', draws)
    return { prompt: promptOf(task), completion: demonstrate(task, 0, draws) }
  })
}

/** Training prompts that M0 answers, to be reviewed. */
export function reviewedPrompts(seed: number): string[] {
  const draws = drawsOf(deriveSeed(seed, 'demo reviews'))
  return Array.from({ length: eftCount }, () => promptOf(drawTaskFor('training', draws)))
}

/** The program's review of an answer, as a judge example. */
export function evaluationRow(prompt: string, answer: string): SeedRow {
  const review = trueReview(parsePrompt(prompt)!, answer)
  const weights = [...review.parts.map((part) => partWeight[part]), partWeight.frame]
  return { prompt: reviewPrompt(prompt, answer), completion: review.text, weights }
}
