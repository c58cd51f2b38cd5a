import { parseScore } from '../../evaluation/parse-score.ts'
import { generateMissing, samplingOf } from '../generate-texts.ts'
import { judgePrompts } from './judge-prompts.ts'
import type { Judge, JudgingRow, JudgingWork } from './judge-work.ts'

export const additiveJudge: Judge = {
  judge: judgeAdditively,
  justifies: true,
  /** The prefix of an answer is shared by its judgements. */
  requests: ({ samples, max_new_tokens }, { texts, readTokens, usedShare }) => [
    { texts: texts * samples, promptTokens: readTokens / samples, newTokens: max_new_tokens * usedShare },
  ],
}

/** The paper's judge: the additive five-point prompt, several sampled justifications, each with a score. */
async function judgeAdditively<Row extends JudgingRow>({ stage, judge, model, rows, keep, leaveOut }: JudgingWork<Row>): Promise<void> {
  const ask = judgePrompts(judge)
  await generateMissing(stage, {
    model,
    sampling: samplingOf(judge),
    rows: rows.map((row) => ({ row, input: ask(row), seeds: row.seeds, missing: row.missing })),
    keep: ({ row }, { sample, text }) => keep(row, sample, { text, score: parseScore(text) }),
    leaveOut: ({ row }, reason) => leaveOut(row, reason),
  })
}
