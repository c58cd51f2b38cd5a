import { loadSystemPrompt } from '../../evaluation/judge-prompt.ts'
import type { LeftOutRow } from '../../shared/engine-protocol.ts'
import { forEachMissing } from '../stage-work.ts'
import { type Judge, type Judged, type JudgingRow, type JudgingWork, leftOutOnce } from './judge-work.ts'
import { differenceOf, responseLikelihoods } from './response-likelihood.ts'
import { type SystemForm, systemForm } from './system-message.ts'

export const contrastJudge: Judge = {
  judge: judgeByContrast,
  justifies: false,
  range: () => null,
  prompt: null,
  requests: (_, { texts, readTokens }) => [{ texts: 2 * texts, promptTokens: readTokens, newTokens: 0 }],
}

/**
 * How much more likely the model finds the response if a system message asks for good ones rather than bad ones,
 *
 *     r = log p(y | good, q) - log p(y | bad, q)
 *
 * (Liu et al. 2024, DLMA: arXiv 2402.11907; the contrast of prompts is that of Yang et al. 2023, RLCD: arXiv 2307.12950). `per_token` divides
 * by the length: see docs/decisions/0013-rewards-per-token.md.
 */
function judgeByContrast<Row extends JudgingRow>(work: JudgingWork<Row>): Promise<void> {
  const [good, bad] = [loadSystemPrompt(work.judge.contrast.good), loadSystemPrompt(work.judge.contrast.bad)]
  let form: Promise<SystemForm> | undefined
  return forEachMissing(
    work.stage,
    work.units,
    async function* (rows, onLeftOut) {
      form ??= systemForm(work.stage.engine, work.model, good)
      yield* contrastEach(work, [good, bad], await form, rows, onLeftOut)
    },
    ({ judged }) => judged,
  )
}

async function* contrastEach<Row extends JudgingRow>(
  { stage, judge, model }: JudgingWork<Row>,
  messages: readonly string[],
  form: SystemForm,
  rows: readonly Row[],
  onLeftOut: (row: LeftOutRow) => void,
): AsyncGenerator<{ row: number; judged: Judged }> {
  const asked = rows.flatMap(({ instruction, response }) =>
    messages.map((system) => ({ input: form(system, instruction), continuation: response })),
  )
  const once = leftOutOnce(onLeftOut)
  const leaveOut = ({ row, leftOut }: LeftOutRow): void => once({ row: Math.floor(row / 2), leftOut })
  const found = await responseLikelihoods(stage, model, asked, leaveOut)
  for (const row of rows.keys()) {
    const [good, bad] = [found[2 * row], found[2 * row + 1]]
    if (good === undefined || bad === undefined) continue // left out
    const { tokens } = good
    const score = differenceOf(good.logprob - bad.logprob, tokens, judge.contrast.per_token)
    const text = `log p(response) = ${good.logprob.toFixed(2)} if good, ${bad.logprob.toFixed(2)} if bad; ${tokens} tokens`
    yield { row, judged: { text, score, detail: { good: good.logprob, bad: bad.logprob, tokens } } }
  }
}
