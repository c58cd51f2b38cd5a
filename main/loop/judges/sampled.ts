import { deriveSeed, uniform } from '../../common/random.ts'
import type { LeftOutRow } from '../../shared/engine-protocol.ts'
import { chunksOf } from '../chunks.ts'
import { generateMissing, samplingOf, unanswered } from '../generate-texts.ts'
import { lead, scores } from './expected.ts'
import { judgePrompts } from './judge-prompts.ts'
import type { JudgingRow, JudgingWork } from './judge-work.ts'

/**
 * Judgements by a model that rarely arrives at a score by itself. The score is sampled from the model's probabilities of 0..5 after the
 * lead-in, and the model then writes a justification for that score, so every judgement can be parsed. Used to build EFT examples with a
 * small baseline; agreement with the human ranking decides which are kept.
 */
export async function judgeBySampling<Row extends JudgingRow>(work: JudgingWork<Row>): Promise<void> {
  const { stage, judge, model, keep, leaveOut } = work
  const ask = judgePrompts(judge)
  const scored = await scoreLogprobs(work)
  await generateMissing(stage, {
    model,
    sampling: samplingOf(judge),
    rows: scored.flatMap(({ row, logprobs }) =>
      row.seeds.map((seed, sample) => {
        const opening = `${lead}${drawScore(logprobs, seed)}\n`
        const missing = new Set(row.missing.has(sample) ? [0] : [])
        return { row, sample, seeds: [seed], opening, input: { ...ask(row), opening }, missing }
      }),
    ),
    keep: ({ row, sample, opening }, { text }) => keep(row, sample, { text: opening + text, score: Number(opening.slice(lead.length)) }),
    leaveOut: ({ row }, reason) => leaveOut(row, reason),
  })
}

/** Rows with the log-probability of each score after the lead-in. Rows that can't be scored are left out. */
async function scoreLogprobs<Row extends JudgingRow>({
  stage,
  judge,
  model,
  rows,
  leaveOut,
}: JudgingWork<Row>): Promise<{ row: Row; logprobs: readonly number[] }[]> {
  const { engine, recipe, signal } = stage
  const ask = judgePrompts(judge)
  const scored: { row: Row; logprobs: readonly number[] }[] = []
  for (const chunk of chunksOf(rows, recipe.chunk)) {
    const asked = chunk.map((row) => ({ input: ask(row), continuation: lead, choices: scores }))
    const found = new Map<number, number[]>()
    const out = new Set<number>()
    const onLeftOut = ({ row, leftOut }: LeftOutRow): void => {
      out.add(row)
      leaveOut(chunk[row], leftOut)
    }
    const request = { model, rows: asked, top: 0, choicesOnly: true, batch: recipe.batch }
    for await (const item of engine.score(request, { signal, onLeftOut })) found.set(item.row, item.choiceLogprobs?.at(-1) ?? [])
    const missing = chunk.length - found.size - out.size
    if (missing !== 0) throw unanswered(missing)
    for (const [i, row] of chunk.entries()) if (!out.has(i)) scored.push({ row, logprobs: found.get(i) ?? [] })
  }
  return scored
}

function drawScore(logprobs: readonly number[], seed: number): number {
  const weights = logprobs.map(Math.exp)
  let left = uniform(deriveSeed(seed, 'score'), 0) * weights.reduce((sum, weight) => sum + weight, 0)
  const drawn = weights.findIndex((weight) => {
    left -= weight
    return left < 0
  })
  return drawn === -1 ? weights.length - 1 : drawn
}
