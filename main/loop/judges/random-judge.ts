import { uniform } from '../../common/random.ts'
import type { Judge, JudgingRow, JudgingWork } from './judge-work.ts'

export const randomJudge: Judge = { judge: judgeRandomly, justifies: false, requests: () => [] }

/** A uniform number in [0, 5): the control that shows how much of a result is due to the judge. */
function judgeRandomly<Row extends JudgingRow>({ rows, keep }: JudgingWork<Row>): void {
  for (const row of rows) {
    for (const sample of row.missing) keep(row, sample, { text: '(random control)', score: 5 * uniform(row.seeds[sample], 0) })
  }
}
