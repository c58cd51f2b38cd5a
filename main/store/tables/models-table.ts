import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { command, query } from '../database/statement.ts'

const modelRow = z.object({
  runId: z.string(),
  name: z.string(),
  path: z.string(),
  initialisedFrom: z.string().nullable(),
  reference: z.string().nullable(),
  data: z.string(),
  sha256: z.string(),
  /** Size and times of its files when their SHA-256 was last verified. */
  filesStamp: z.string().nullable(),
  createdAt: z.string(),
})
export type ModelRow = z.output<typeof modelRow>

const columns = `run_id AS runId, name, path, initialised_from AS initialisedFrom, reference, data, sha256, files_stamp AS filesStamp,
  created_at AS createdAt`

/** Models and their lineage. A row is written only once the model's files are complete. */
export function modelsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO models (run_id, name, path, initialised_from, reference, data, sha256, files_stamp, created_at)
     VALUES (@runId, @name, @path, @initialisedFrom, @reference, @data, @sha256, @filesStamp, @createdAt) ON CONFLICT DO NOTHING`,
  )
  const keepStamp = command(db, 'UPDATE models SET files_stamp = @stamp WHERE run_id = @runId AND name = @name')
  const one = query(db, modelRow, `SELECT ${columns} FROM models WHERE run_id = @runId AND name = @name`)
  const ofRun = query(db, modelRow, `SELECT ${columns} FROM models WHERE run_id = @runId ORDER BY id`)
  const all = query(db, modelRow, `SELECT ${columns} FROM models ORDER BY id DESC`)
  const inOtherRuns = query(
    db,
    modelRow.pick({ runId: true, name: true, path: true }),
    `SELECT run_id AS runId, name, path FROM models WHERE instr(path, run_id) = 0 AND (@about IS NULL OR instr(path, @about) > 0)`,
  )
  return {
    add: (model: Omit<ModelRow, 'createdAt' | 'filesStamp'> & { readonly filesStamp?: string | null }): void =>
      void insert({ ...model, filesStamp: model.filesStamp ?? null, createdAt: new Date().toISOString() }),
    keepStamp: (runId: string, name: string, stamp: string): void => void keepStamp({ runId, name, stamp }),
    find: (runId: string, name: string): ModelRow | undefined => one.get({ runId, name }),
    /** In the order of creation. */
    ofRun: (runId: string): ModelRow[] => ofRun.all({ runId }),
    /** Models whose files are outside their own run's folder: in another run's folder (only `about`, if given), or in none. */
    inOtherRuns: (about?: string) => inOtherRuns.all({ about: about ?? null }),
    /** Models of all runs, newest first. */
    list: (): ModelRow[] => all.all({}),
  }
}
