import { mean } from '../common/numbers.ts'
import type { CheckedAnswer, Checker } from '../loop/run-context.ts'
import type { Sampling } from '../shared/engine-protocol.ts'
import type { Figures } from '../shared/evaluation-settings.ts'
import { parsePrompt, type Task } from './grammar.ts'

/** The five requirements, in prompt order. */
export const requirements = ['first', 'last', 'has', 'no', 'long'] as const
export type Requirement = (typeof requirements)[number]

/**
 * The requirements that an answer meets. This program is the demo's external referee: it grades the seed data's reviews and measures the
 * finished models. The self-rewarding loop never calls it.
 */
export function verdicts(task: Task, answer: string): boolean[] {
  return [
    answer[0] === task.first,
    answer.at(-1) === task.last,
    answer.includes(task.has),
    answer !== '' && !answer.includes(task.no),
    answer.length === task.length,
  ]
}

/** The true score, 0 .. 5. */
export const trueScore = (task: Task, answer: string): number => verdicts(task, answer).filter(Boolean).length

/** Maximum answer length in tokens: the longest word has 7 symbols, so there is room for mistakes and EOS. */
export const answerTokens = 12

const plain: Sampling = { greedy: false, temperature: 1, topP: 1, topK: 0, maxNewTokens: answerTokens, minNewTokens: 0, stop: [] }

export const sampledAccuracy = 'true-accuracy'
export const greedyAccuracy = 'true-accuracy-greedy'

/** Grades a run's models on prompts that the run never sees: one answer each sampled at T = 1, and one greedy. */
export const trueAccuracyCheckers = (prompts: readonly string[]): Checker[] => [
  { name: sampledAccuracy, label: 'sampled test answers', prompts, sampling: plain, measure: measureTruth },
  {
    name: greedyAccuracy,
    label: 'greedy test answers',
    prompts,
    sampling: { ...plain, greedy: true, temperature: 0 },
    measure: measureTruth,
  },
]

/**
 * `all_five`: share of answers that meet all requirements; `requirements`: mean number met; one share for each requirement; `length`: mean
 * characters; `unfinished`: share of truncated answers.
 */
export function measureTruth(answers: readonly CheckedAnswer[]): Figures {
  const satisfied = answers.map(({ prompt, text }) => verdicts(parsePrompt(prompt)!, text))
  return {
    all_five: mean(satisfied.map((ticks) => (ticks.every(Boolean) ? 1 : 0))),
    requirements: mean(satisfied.map((ticks) => ticks.filter(Boolean).length)),
    ...Object.fromEntries(requirements.map((name, i) => [name, mean(satisfied.map((ticks) => (ticks[i] ? 1 : 0)))])),
    length: mean(answers.map(({ text }) => text.length)),
    unfinished: mean(answers.map(({ finishReason }) => (finishReason === 'length' ? 1 : 0))),
  }
}
