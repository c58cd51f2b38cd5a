import { expectedScore } from '../../evaluation/expected-score.ts'
import { scoreMissing, type Units } from '../stage-work.ts'
import { type Judge, type JudgingRow, type JudgingWork, judgePrompts, scoringPrompt } from './judge-work.ts'

/** The text that precedes a judge's score, and the possible scores. */
export const lead = 'Score: '
export const scores = ['0', '1', '2', '3', '4', '5']

export const expectedJudge: Judge = {
  judge: judgeByExpectation,
  justifies: false,
  range: () => [0, 5],
  prompt: scoringPrompt,
  requests: (_, { texts, readTokens }) => [{ texts, promptTokens: readTokens, newTokens: 1 }],
}

/**
 * The expected score (after Liu et al. 2023, G-Eval): the judge's text is forced up to the score, and the score is the mean of 0..5 under
 * the model's probabilities there. One pass and no sampling, so ties are rare. There is no justification; the probabilities are stored.
 */
function judgeByExpectation<Row extends JudgingRow>(work: JudgingWork<Row>): Promise<void> {
  return weighScores(work, work.units, (logprobs) => ({ text: lead, score: expectedScore(logprobs), detail: { logprobs } }))
}

/** Finds the log-probability of each score after the lead-in. */
export function weighScores<Row extends JudgingRow, Value>(
  { stage, judge, model }: Omit<JudgingWork<Row>, 'units'>,
  units: Units<Row, Value>,
  read: (logprobs: number[]) => Value,
): Promise<void> {
  const ask = judgePrompts(judge, scoringPrompt)
  return scoreMissing(stage, units, {
    model,
    choicesOnly: true,
    input: (row) => ({ input: ask(row), continuation: lead, choices: scores }),
    read: ({ choiceLogprobs }) => read(choiceLogprobs?.at(-1) ?? []), // at the token after the lead-in
  })
}
