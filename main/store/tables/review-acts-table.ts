import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { actKinds } from '../../shared/enums.ts'
import { query } from '../database/statement.ts'

const actRow = z.object({
  id: z.int(),
  runId: z.string(),
  promptId: z.int().nullable(), // null: a batch
  batchId: z.int().nullable(), // the batch that it created
  kind: z.enum(actKinds),
  undoes: z.int().nullable(),
  redoes: z.int().nullable(),
  reviewer: z.string(),
  at: z.string(),
})
export type ActRow = z.output<typeof actRow>

type NewAct = Pick<ActRow, 'runId' | 'kind' | 'reviewer'> & Partial<Pick<ActRow, 'promptId' | 'batchId' | 'undoes' | 'redoes'>>

const columns = 'id, run_id AS runId, prompt_id AS promptId, batch_id AS batchId, kind, undoes, redoes, reviewer, at'

/** Users' review actions, including undos and redos. Append-only. */
export function reviewActsTable(db: Database) {
  const insert = query(
    db,
    z.object({ id: z.int() }),
    `INSERT INTO review_acts (run_id, prompt_id, batch_id, kind, undoes, redoes, reviewer, at)
     VALUES (@runId, @promptId, @batchId, @kind, @undoes, @redoes, @reviewer, @at) RETURNING id`,
  )
  const one = query(db, actRow, `SELECT ${columns} FROM review_acts WHERE id = @id`)
  const ofBatch = query(db, actRow, `SELECT ${columns} FROM review_acts WHERE batch_id = @batchId`)
  const newestOf = query(
    db,
    actRow,
    `SELECT ${columns} FROM review_acts WHERE id = (SELECT max(id) FROM (SELECT @id AS id UNION ALL SELECT id FROM review_acts WHERE redoes = @id))`,
  )
  const newest = query(
    db,
    actRow,
    `SELECT ${columns} FROM review_acts WHERE run_id = @runId AND reviewer IN ('', @reviewer) ORDER BY id DESC LIMIT @limit`,
  )
  const undoing = query(db, z.object({ id: z.int() }), 'SELECT id FROM review_acts WHERE run_id = @runId AND undoes IS NOT NULL')
  return {
    add: (act: NewAct): number =>
      insert.get({ promptId: null, batchId: null, undoes: null, redoes: null, ...act, at: new Date().toISOString() })!.id,
    find: (id: number): ActRow | undefined => one.get({ id }),
    /** The action that created a batch. */
    ofBatch: (batchId: number): ActRow | undefined => ofBatch.get({ batchId }),
    /** The action itself, or the newest one that redid it. */
    newestOf: (id: number): ActRow | undefined => newestOf.get({ id }),
    /** Ids of the actions that undid others. */
    undoing: (runId: string): Set<number> => new Set(undoing.all({ runId }).map(({ id }) => id)),
    /** The newest actions on the run by this reviewer or unnamed ones; oldest first. */
    newest: (runId: string, reviewer: string, limit: number): ActRow[] => newest.all({ runId, reviewer, limit }).reverse(),
  }
}
