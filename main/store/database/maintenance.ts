import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { query } from './statement.ts'

const runRows = z.object({ runId: z.string(), rows: z.int() })

/** Queries about the database itself. */
export function maintenance(db: Database) {
  const rows = query(
    db,
    runRows,
    `SELECT r.id AS runId, coalesce(sum(n), 0) AS rows FROM runs r LEFT JOIN (
       SELECT run_id, count(*) AS n FROM examples GROUP BY run_id
       UNION ALL SELECT run_id, count(*) FROM prompts GROUP BY run_id
       UNION ALL SELECT p.run_id, count(*) FROM prompts p JOIN candidates c ON c.prompt_id = p.id GROUP BY p.run_id
       UNION ALL SELECT p.run_id, count(*) FROM prompts p JOIN candidates c ON c.prompt_id = p.id JOIN judgements j ON j.candidate_id = c.id GROUP BY p.run_id
       UNION ALL SELECT e.run_id, count(*) FROM examples e JOIN judgements j ON j.example_id = e.id WHERE e.kind = 'ranked' GROUP BY e.run_id
       UNION ALL SELECT p.run_id, count(*) FROM prompts p JOIN pairs x ON x.prompt_id = p.id GROUP BY p.run_id
       UNION ALL SELECT t.run_id, sum((SELECT count(*) FROM metrics m WHERE m.training_id = t.id)) FROM trainings t GROUP BY t.run_id
       UNION ALL SELECT run_id, count(*) FROM evaluation_units WHERE run_id IS NOT NULL GROUP BY run_id
     ) k ON k.run_id = r.id GROUP BY r.id`,
  )
  const changes = db.prepare<[], number>('SELECT total_changes()').pluck()
  return {
    /** Number of rows per run. */
    rowsOfRuns: (): Map<string, number> => new Map(rows.all({}).map(({ runId, rows: n }) => [runId, n])),
    /** Changes with every write, by this or another connection. Takes microseconds. */
    version: (): string => `${db.pragma('data_version', { simple: true })} ${changes.get()}`,
    /** Size of the database in bytes, without its journal. */
    size: (): number => Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true })),
  }
}
