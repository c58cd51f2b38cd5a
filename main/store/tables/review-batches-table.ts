import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type Decision, decision } from '../../shared/enums.ts'
import { query } from '../database/statement.ts'

const batchRow = z.object({
  id: z.int(),
  runId: z.string(),
  decision,
  undoes: z.int().nullable(),
  undoneBy: z.int().nullable(),
  pairs: z.int(),
  at: z.string(),
})
type BatchRow = z.output<typeof batchRow>

const columns = `b.id, b.run_id AS runId, b.decision, b.undoes, (SELECT id FROM review_batches u WHERE u.undoes = b.id) AS undoneBy,
  (SELECT count(DISTINCT v.pair_id) FROM reviews v WHERE v.batch_id = b.id) AS pairs, b.at`

/** Bulk decisions on many pairs. A batch is undone by another batch. */
export function reviewBatchesTable(db: Database) {
  const insert = query(
    db,
    z.object({ id: z.int() }),
    'INSERT INTO review_batches (run_id, decision, undoes, at) VALUES (@runId, @decision, @undoes, @at) RETURNING id',
  )
  const one = query(db, batchRow, `SELECT ${columns} FROM review_batches b WHERE b.id = @id`)
  const ofRun = query(db, batchRow, `SELECT ${columns} FROM review_batches b WHERE b.run_id = @runId ORDER BY b.id DESC`)
  return {
    add: (runId: string, decision: Decision, undoes: number | null = null): number =>
      insert.get({ runId, decision, undoes, at: new Date().toISOString() })!.id,
    find: (id: number): BatchRow | undefined => one.get({ id }),
    /** Newest first. */
    ofRun: (runId: string): BatchRow[] => ofRun.all({ runId }),
  }
}
