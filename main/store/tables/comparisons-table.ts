import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { command, query } from '../database/statement.ts'

const comparisonRow = z.object({
  model: z.string(),
  against: z.string(),
  position: z.int(),
  swapped: z.int().transform((flag) => flag === 1), // false: the model's answer was shown as A
  judge: z.string(),
  text: z.string(),
  verdict: z.enum(['A', 'B', 'tie']).nullable(),
})
export type ComparisonRow = z.output<typeof comparisonRow>

/** Verdicts on two models' answers to one held-out prompt, one row per order in which the judge saw them. */
export function comparisonsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO comparisons (run_id, model, against, position, swapped, judge, text, verdict)
     VALUES (@runId, @model, @against, @position, @swapped, @judge, @text, @verdict) ON CONFLICT DO NOTHING`,
  )
  const select = query(
    db,
    comparisonRow,
    `SELECT model, against, position, swapped, judge, text, verdict FROM comparisons
     WHERE run_id = @runId AND model = @model AND against = @against ORDER BY position, swapped`,
  )
  return {
    add: (runId: string, comparison: ComparisonRow): void => void insert({ runId, ...comparison, swapped: comparison.swapped ? 1 : 0 }),
    of: (runId: string, model: string, against: string): ComparisonRow[] => select.all({ runId, model, against }),
  }
}
