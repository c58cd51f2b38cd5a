import { type Judged, type JudgingRow, type JudgingWork, samplesOf } from './judge-work.ts'
import { judgeAnswers } from './judges.ts'
import type { JudgingCost } from './judging-cost.ts'

/** Judgements of rows, in their order. */
interface JudgedRows {
  /** Per row, one judgement per sample; empty: the row was left out. */
  readonly judged: readonly (readonly Judged[])[]
  readonly leftOut: readonly { readonly row: number; readonly reason: string }[]
  readonly cost: JudgingCost
}

interface RowsToJudge extends Omit<JudgingWork<JudgingRow>, 'units'> {
  readonly rows: readonly JudgingRow[]
  /** The seed of a sampled judgement. */
  readonly seed: (row: number, sample: number) => number
  /** Called for each row when all of its judgements are there. */
  readonly onJudged?: (row: number, judged: readonly Judged[]) => void
}

interface PlacedRow extends JudgingRow {
  readonly place: number
}

/** Judges rows that aren't stored: those of a command. */
export async function judgeRows({ rows, seed, onJudged, ...work }: RowsToJudge): Promise<JudgedRows> {
  const samples = samplesOf(work.judge)
  const judged = rows.map((): Judged[] => [])
  const leftOut: { row: number; reason: string }[] = []
  const placed = rows.map((row, place): PlacedRow => ({ ...row, place }))
  const units = {
    rows: placed,
    samples,
    seed: ({ place }: PlacedRow, sample: number) => seed(place, sample),
    isDone: () => false,
    keep({ place }: PlacedRow, sample: number, value: Judged) {
      judged[place][sample] = value
      if (Object.keys(judged[place]).length === samples) onJudged?.(place, judged[place])
    },
    leaveOut: ({ place }: PlacedRow, reason: string) => void leftOut.push({ row: place, reason }),
  }
  const cost = await judgeAnswers({ ...work, units })
  return { judged, leftOut, cost }
}
