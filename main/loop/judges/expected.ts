import { expectedScore } from '../../evaluation/expected-score.ts'
import type { LeftOutRow } from '../../shared/engine-protocol.ts'
import { chunksOf } from '../chunks.ts'
import { unanswered } from '../generate-texts.ts'
import { judgePrompts } from './judge-prompts.ts'
import type { Judge, JudgingRow, JudgingWork } from './judge-work.ts'

/** The text that precedes a judge's score, and the possible scores. */
export const lead = 'Score: '
export const scores = ['0', '1', '2', '3', '4', '5']

export const expectedJudge: Judge = {
  judge: judgeByExpectation,
  justifies: false,
  requests: (_, { texts, readTokens }) => [{ texts, promptTokens: readTokens, newTokens: 1 }],
}

/**
 * The expected score (after Liu et al. 2023, G-Eval): the judge's text is forced up to the score, and the score is the mean of 0..5 under
 * the model's probabilities there. One pass and no sampling, so ties are rare. There is no justification; the probabilities are stored.
 */
async function judgeByExpectation<Row extends JudgingRow>({ stage, judge, model, rows, keep, leaveOut }: JudgingWork<Row>): Promise<void> {
  const { engine, recipe, signal } = stage
  const ask = judgePrompts(judge)
  for (const chunk of chunksOf(rows, recipe.chunk)) {
    if (chunk.every((row) => row.missing.size === 0)) continue
    const asked = chunk.map((row) => ({ input: ask(row), continuation: lead, choices: scores }))
    let answered = 0
    const onLeftOut = ({ row, leftOut }: LeftOutRow): void => {
      answered++
      leaveOut(chunk[row], leftOut)
    }
    const request = { model, rows: asked, top: 0, choicesOnly: true, batch: recipe.batch }
    for await (const item of engine.score(request, { signal, onLeftOut })) {
      answered++
      const row = chunk[item.row]
      if (row.missing.size === 0) continue
      const logprobs = item.choiceLogprobs?.at(-1) ?? [] // at the token after the lead-in
      keep(row, 0, { text: lead, score: expectedScore(logprobs), detail: { logprobs } })
    }
    if (answered !== chunk.length) throw unanswered(chunk.length - answered)
  }
}
