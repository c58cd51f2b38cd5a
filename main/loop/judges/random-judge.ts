import { generators } from '../../common/random.ts'
import { forEachMissing } from '../stage-work.ts'
import type { Judge, JudgingRow, JudgingWork } from './judge-work.ts'

export const randomJudge: Judge = { judge: judgeRandomly, justifies: false, range: () => [0, 5], prompt: null, requests: () => [] }

/** A uniform number in [0, 5): the control that shows how much of a result is due to the judge. */
function judgeRandomly<Row extends JudgingRow>({ stage, units }: JudgingWork<Row>): Promise<void> {
  return forEachMissing(
    stage,
    units,
    (rows) =>
      rows.flatMap((answer, row) =>
        Array.from({ length: units.samples }, (_, sample) => ({ row, sample, seed: units.seed?.(answer, sample) ?? 0 })),
      ),
    ({ seed }) => ({ text: '(random control)', score: 5 * generators[stage.recipe.random].uniform(seed, 0) }),
  )
}
