import { deriveSeed, uniform } from '../../common/random.ts'
import { chunksOf } from '../chunks.ts'
import { generateLacking, samplingOf, unanswered } from '../generate.ts'
import { lead, scores } from './expected.ts'
import type { JudgingRow, JudgingWork } from './judge-work.ts'
import { judgePrompts } from './prompts.ts'

/**
 * Judgements of a model that does not come to a score by itself: it is led to the place of the score, the score is drawn from its
 * probabilities of 0..5 there, and it writes the justification of that score. Every judgement can be read. Used to build EFT examples with a small
 * baseline; whether people agree with the scores decides what is kept.
 */
export async function judgeByDrawing<Row extends JudgingRow>({ stage, judge, model, rows, keep }: JudgingWork<Row>): Promise<void> {
  const ask = judgePrompts(judge)
  const logprobs = await scoreLogprobs({ stage, judge, model, rows })
  const openings = rows.map((row, i) => row.seeds.map((seed) => `${lead}${drawScore(logprobs[i], seed)}\n`))
  await generateLacking(stage, {
    model,
    sampling: samplingOf(judge),
    rows: rows.flatMap((row, i) =>
      row.seeds.map((seed, sample) => ({
        ...{ row, sample, seeds: [seed], opening: openings[i][sample] },
        input: { ...ask(row), opening: openings[i][sample] },
        lacking: new Set(row.lacking.has(sample) ? [0] : []),
      })),
    ),
    keep: ({ row, sample, opening }, { text }) => keep(row, sample, { text: opening + text, score: Number(opening.slice(lead.length)) }),
  })
}

/** log p of each score at the place of the score, by row. */
async function scoreLogprobs<Row extends JudgingRow>({ stage, judge, model, rows }: Omit<JudgingWork<Row>, 'keep'>): Promise<number[][]> {
  const { engine, recipe, signal } = stage
  const ask = judgePrompts(judge)
  const logprobs: number[][] = []
  for (const chunk of chunksOf(rows, recipe.chunk)) {
    const asked = chunk.map((row) => ({ input: ask(row), continuation: lead, choices: scores }))
    const found = new Map<number, number[]>()
    for await (const item of engine.score({ model, rows: asked, top: 0, choicesOnly: true, batch: recipe.batch }, { signal })) {
      found.set(item.row, item.choiceLogprobs?.at(-1) ?? [])
    }
    if (found.size !== chunk.length) throw unanswered(chunk.length - found.size)
    for (let i = 0; i < chunk.length; i++) logprobs.push(found.get(i) ?? [])
  }
  return logprobs
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
