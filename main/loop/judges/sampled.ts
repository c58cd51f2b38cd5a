import { generators, type RandomGenerator } from '../../common/random.ts'
import { generateMissing, samplingOf } from '../stage-work.ts'
import { lead, weighScores } from './expected.ts'
import { type Judged, type JudgingRow, type JudgingWork, judgePrompts, scoringPrompt } from './judge-work.ts'

/**
 * Judgements by a model that rarely arrives at a score by itself. The score is sampled from the model's probabilities of 0..5 after the
 * lead-in, and the model then writes a justification for that score, so every judgement can be parsed. Used to build EFT examples with a
 * small baseline; agreement with the human ranking decides which are kept.
 */
export async function judgeBySampling<Row extends JudgingRow>(work: JudgingWork<Row>): Promise<void> {
  const { stage, judge, model, units } = work
  const { seed = () => 0, isDone, keep, leaveOut, begin, end } = units
  const rows = [...units.rows]
  const ask = judgePrompts(judge, scoringPrompt)
  const weights = new Map<Row, readonly number[]>()
  const toWeigh = {
    rows,
    samples: 1,
    isDone: () => false,
    keep: (row: Row, _: number, logprobs: number[]) => void weights.set(row, logprobs),
  }
  await weighScores(work, { ...toWeigh, leaveOut, begin }, (logprobs) => logprobs)
  const drawn = rows.flatMap((row) => {
    const logprobs = weights.get(row)
    if (logprobs === undefined) return [] // left out
    return Array.from({ length: units.samples }, (_, sample) => ({
      row,
      sample,
      score: drawScore(logprobs, seed(row, sample), generators[stage.recipe.random]),
    }))
  })
  const toJustify = {
    rows: drawn,
    samples: 1,
    seed: ({ row, sample }: Drawn<Row>) => seed(row, sample),
    isDone: ({ row, sample }: Drawn<Row>) => isDone(row, sample),
    keep: ({ row, sample }: Drawn<Row>, _: number, judged: Judged) => keep(row, sample, judged),
    leaveOut: ({ row }: Drawn<Row>, reason: string) => leaveOut(row, reason),
    end,
  }
  const openingOf = ({ score }: Drawn<Row>): string => `${lead}${score}\n`
  await generateMissing(stage, toJustify, {
    model,
    sampling: samplingOf(judge),
    input: (drawn) => ({ ...ask(drawn.row), opening: openingOf(drawn) }),
    read: ({ text }, drawn) => ({ text: openingOf(drawn) + text, score: drawn.score }),
  })
}

/** A judgement whose score is drawn and whose justification is still to be written. */
interface Drawn<Row> {
  readonly row: Row
  readonly sample: number
  readonly score: number
}

function drawScore(logprobs: readonly number[], seed: number, { deriveSeed, uniform }: RandomGenerator): number {
  const weights = logprobs.map(Math.exp)
  let left = uniform(deriveSeed(seed, 'score'), 0) * weights.reduce((sum, weight) => sum + weight, 0)
  const drawn = weights.findIndex((weight) => {
    left -= weight
    return left < 0
  })
  return drawn === -1 ? weights.length - 1 : drawn
}
