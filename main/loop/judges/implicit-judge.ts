import type { LeftOutRow } from '../../shared/engine-protocol.ts'
import { badInput } from '../../shared/errors.ts'
import { forEachMissing } from '../stage-work.ts'
import { type Judge, type Judged, type JudgingRow, type JudgingWork, leftOutOnce } from './judge-work.ts'
import { differenceOf, responseLikelihoods } from './response-likelihood.ts'

export const implicitJudge: Judge = {
  judge: judgeImplicitly,
  justifies: false,
  range: () => null,
  prompt: null,
  requests: (_, { texts, readTokens }) => [{ texts: 2 * texts, promptTokens: readTokens, newTokens: 0 }],
}

/**
 * The reward that DPO implies for a model trained from M0,
 *
 *     r = beta (log p(y | q) - log p(y | q, M0))
 *
 * (Rafailov et al. 2023; as the next round's judge: Kim et al. 2024, SPA: arXiv 2406.04412, and Chen et al. 2024, DICE: arXiv 2406.09760).
 * `per_token` divides by the length: see docs/decisions/0013-rewards-per-token.md. Throws BAD_INPUT if both models are the same.
 */
function judgeImplicitly<Row extends JudgingRow>(work: JudgingWork<Row>): Promise<void> {
  const reference = referenceOf(work)
  return forEachMissing(
    work.stage,
    work.units,
    (rows, onLeftOut) => compareEach(work, reference, rows, onLeftOut),
    ({ judged }) => judged,
  )
}

function referenceOf<Row extends JudgingRow>({ model, reference }: JudgingWork<Row>): string {
  if (reference === undefined) {
    throw badInput(
      'The implicit reward compares the judge with the model it was trained from, which is missing.',
      'Choose a reference model.',
    )
  }
  if (reference !== model) return reference
  throw badInput(
    `The implicit reward of ${model} compares it with itself, so every reward is 0.`,
    'Judge with a model that was trained from the reference. A run whose M1 is M0 needs another method for its first iteration.',
  )
}

async function* compareEach<Row extends JudgingRow>(
  { stage, judge: { implicit }, model }: JudgingWork<Row>,
  reference: string,
  rows: readonly Row[],
  onLeftOut: (row: LeftOutRow) => void,
): AsyncGenerator<{ row: number; judged: Judged }> {
  const asked = rows.map(({ instruction, response }) => ({ input: { prompt: instruction }, continuation: response }))
  const leaveOut = leftOutOnce(onLeftOut)
  const own = await responseLikelihoods(stage, model, asked, leaveOut)
  const before = await responseLikelihoods(stage, reference, asked, leaveOut)
  for (const row of rows.keys()) {
    const [now, then] = [own[row], before[row]]
    if (now === undefined || then === undefined) continue // left out
    const { tokens } = now
    const difference = differenceOf(now.logprob - then.logprob, tokens, implicit.per_token)
    const text = `log p(response) = ${now.logprob.toFixed(2)}, under the reference ${then.logprob.toFixed(2)}; ${tokens} tokens`
    const score = difference === null ? null : implicit.beta * difference
    yield { row, judged: { text, score, detail: { own: now.logprob, reference: then.logprob, tokens } } }
  }
}
