import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { query } from './statement.ts'

const runRows = z.object({ runId: z.string(), rows: z.int() })

/** What is asked about the database itself. */
export function maintenance(db: Database) {
  const rows = query(
    db,
    runRows,
    `SELECT r.id AS runId,
       (SELECT count(*) FROM examples e WHERE e.run_id = r.id) + (SELECT count(*) FROM prompts p WHERE p.run_id = r.id)
       + (SELECT count(*) FROM candidates c JOIN prompts p ON p.id = c.prompt_id WHERE p.run_id = r.id)
       + (SELECT count(*) FROM judgements j JOIN candidates c ON c.id = j.candidate_id JOIN prompts p ON p.id = c.prompt_id WHERE p.run_id = r.id)
       + (SELECT count(*) FROM judgements j JOIN examples e ON e.id = j.example_id WHERE e.run_id = r.id)
       + (SELECT count(*) FROM pairs x JOIN prompts p ON p.id = x.prompt_id WHERE p.run_id = r.id)
       + (SELECT count(*) FROM metrics m JOIN trainings t ON t.id = m.training_id WHERE t.run_id = r.id)
       + (SELECT count(*) FROM answers a WHERE a.run_id = r.id) + (SELECT count(*) FROM comparisons c WHERE c.run_id = r.id) AS rows
     FROM runs r`,
  )
  return {
    /** How many rows each run has. */
    rowsOfRuns: (): Map<string, number> => new Map(rows.all({}).map(({ runId, rows: n }) => [runId, n])),
    /** Bytes of the database without its journal. */
    size: (): number => Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true })),
  }
}
export type Maintenance = ReturnType<typeof maintenance>
