import { mean } from '../common/mean.ts'
import type { CheckedAnswer, Checker } from '../loop/run-context.ts'
import type { Sampling } from '../shared/engine-protocol.ts'
import type { Figures } from '../shared/evaluation-rows.ts'
import { parsePrompt } from './grammar.ts'
import { requirements, verdicts } from './program-check.ts'

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
