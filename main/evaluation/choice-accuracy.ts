import { mean } from '../common/numbers.ts'
import type { Figures } from '../shared/evaluation-settings.ts'
import { wilsonInterval } from './agreement.ts'
import type { ChoiceQuestion } from './choice-questions.ts'

/** A question and the log-probability of each choice, summed over its tokens. */
export interface ScoredQuestion extends ChoiceQuestion {
  readonly logprobs: readonly number[]
}

/**
 * lm-evaluation-harness' accuracies: `acc` takes the choice with the highest summed log-probability, `acc_norm` the one with the highest
 * log-probability per byte of its text (UTF-8, without the space before it); the first of equal ones. Each with Wilson's 95% interval.
 * `chance`: the mean of 1 / choices.
 */
export function choiceFigures(questions: readonly ScoredQuestion[]): Figures {
  const share = (name: string, isRight: (question: ScoredQuestion) => boolean): Figures => {
    const right = questions.filter(isRight).length
    const { low, high } = wilsonInterval(right, questions.length)
    return { [name]: questions.length === 0 ? null : right / questions.length, [`${name}_low`]: low, [`${name}_high`]: high }
  }
  return {
    n: questions.length,
    ...share('acc', ({ logprobs, answer }) => highest(logprobs) === answer),
    ...share(
      'acc_norm',
      ({ logprobs, choices, answer }) => highest(logprobs.map((sum, i) => sum / Buffer.byteLength(choices[i]))) === answer,
    ),
    chance: questions.length === 0 ? null : mean(questions.map(({ choices }) => 1 / choices.length)),
  }
}

const highest = (values: readonly number[]): number => values.indexOf(values.reduce((most, value) => Math.max(most, value)))
