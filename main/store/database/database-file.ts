import { statSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { query } from './statement.ts'

/**
 * Watches the file of an open database. If it is deleted or replaced, an open connection keeps writing to the unlinked file, and everything
 * written is lost when it closes, so long-running work has to check.
 */
export function databaseFile(path: string) {
  const database = identity(path)
  let journal: string | undefined // created by the first read or write

  return {
    path,
    /** Whether the file, and its journal if there is one, are still the ones that were opened. */
    isInPlace(): boolean {
      if (database === undefined) return true // an in-memory database
      try {
        const now = identity(`${path}-wal`)
        journal ??= now
        return identity(path) === database && now === journal
      } catch {
        return true // unknown file identity: assume it is in place
      }
    },
  }
}

/** Distinguishes a file from another one of the same name; undefined if it doesn't exist. */
function identity(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats && `${stats.dev}:${stats.ino}`
}

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
       UNION ALL SELECT p.run_id, count(*) FROM prompts p JOIN candidates c ON c.prompt_id = p.id JOIN second_judgements s ON s.candidate_id = c.id GROUP BY p.run_id
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
