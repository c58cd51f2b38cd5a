import { mean } from '../common/numbers.ts'
import { clusteredError } from './clustered-error.ts'

/** Answers to one prompt aren't independent, so they count as one observation: the share that follow it. In the prompts' order. */
export const sharesByPrompt = (answers: readonly { readonly prompt: string; readonly isFollowed: boolean }[]): number[] =>
  [...Map.groupBy(answers, ({ prompt }) => prompt).values()].map((own) => mean(own.map(({ isFollowed }) => Number(isFollowed))))

/** The mean difference of two models' shares of the same prompts, with its 95% interval. */
export interface PairedGain {
  readonly gain: number
  readonly low: number
  readonly high: number
}

const normal95 = 1.96

/**
 * The mean of the differences prompt by prompt, with 1.96 of its standard errors on both sides (Miller 2024, "Adding Error Bars to Evals": the
 * difficulty of a prompt, which both models share, doesn't count). Null: fewer than two prompts, or not the same number.
 */
export function pairedGain(before: readonly number[], after: readonly number[]): PairedGain | null {
  if (before.length !== after.length) return null
  const differences = after.map((share, i) => share - before[i])
  const error = clusteredError(differences.map((difference) => [difference]))
  if (error === null) return null
  const gain = mean(differences)
  return { gain, low: gain - normal95 * error, high: gain + normal95 * error }
}
