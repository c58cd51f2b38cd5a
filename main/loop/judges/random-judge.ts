import { uniform } from '../../common/random.ts'
import type { JudgingRow, JudgingWork } from './judge-work.ts'

/** A uniform number in [0, 5): the control that shows how much of a result is due to the judge. */
export function judgeRandomly<Row extends JudgingRow>({ rows, keep }: JudgingWork<Row>): void {
  for (const row of rows) {
    for (const sample of row.missing) keep(row, sample, { text: '(random control)', score: 5 * uniform(row.seeds[sample], 0) })
  }
}
