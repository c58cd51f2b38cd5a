import { parseScore } from '../../evaluation/parse-score.ts'
import { generateMissing, samplingOf } from '../stage-work.ts'
import { type Judge, type JudgingRow, type JudgingWork, judgePrompts, scoringPrompt } from './judge-work.ts'

export const additiveJudge: Judge = {
  judge: judgeAdditively,
  justifies: true,
  range: () => [0, 5],
  prompt: scoringPrompt,
  readText: (_, text) => parseScore(text),
  /** The prefix of an answer is shared by its judgements. */
  requests: ({ samples, max_new_tokens }, { texts, readTokens, usedShare }) => [
    { texts: texts * samples, promptTokens: readTokens / samples, newTokens: max_new_tokens * usedShare },
  ],
}

/** The paper's judge: the additive five-point prompt, several sampled justifications, each with a score. */
function judgeAdditively<Row extends JudgingRow>({ stage, judge, model, units }: JudgingWork<Row>): Promise<void> {
  return generateMissing(stage, units, {
    model,
    sampling: samplingOf(judge),
    input: judgePrompts(judge, scoringPrompt),
    read: ({ text }) => ({ text, score: parseScore(text) }),
  })
}
