import { parseScore } from '../../evaluation/parse-score.ts'
import { generateMissing, samplingOf } from '../generate-texts.ts'
import { judgePrompts } from './judge-prompts.ts'
import type { JudgingRow, JudgingWork } from './judge-work.ts'

/** The paper's judge: the additive five-point prompt, several sampled justifications, each with a score. */
export async function judgeAdditively<Row extends JudgingRow>({
  stage,
  judge,
  model,
  rows,
  keep,
  leaveOut,
}: JudgingWork<Row>): Promise<void> {
  const ask = judgePrompts(judge)
  await generateMissing(stage, {
    model,
    sampling: samplingOf(judge),
    rows: rows.map((row) => ({ row, input: ask(row), seeds: row.seeds, missing: row.missing })),
    keep: ({ row }, { sample, text }) => keep(row, sample, { text, score: parseScore(text) }),
    leaveOut: ({ row }, reason) => leaveOut(row, reason),
  })
}
