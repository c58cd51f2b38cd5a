import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { command, jsonColumn, query } from '../database/statement.ts'

const eventRow = z.object({ id: z.int(), runId: z.string(), at: z.string(), event: jsonColumn(z.unknown()) })
type EventRow = z.output<typeof eventRow>

/** A run's history: starts, stages, warnings, iteration reports, failures. */
export function eventsTable(db: Database) {
  const insert = command(db, 'INSERT INTO events (run_id, at, event) VALUES (@runId, @at, @event)')
  const after = query(db, eventRow, 'SELECT id, run_id AS runId, at, event FROM events WHERE run_id = @runId AND id > @after ORDER BY id')
  const news = query(
    db,
    eventRow,
    `SELECT id, run_id AS runId, at, event FROM events WHERE id > @after AND (@runId IS NULL OR run_id = @runId) ORDER BY id`,
  )
  const ofKind = query(
    db,
    eventRow,
    `SELECT id, run_id AS runId, at, event FROM events WHERE run_id = @runId AND event ->> '$.kind' = @kind ORDER BY id`,
  )
  const newest = query(
    db,
    eventRow,
    `SELECT id, run_id AS runId, at, event FROM events WHERE run_id = @runId AND id < @before ORDER BY id DESC LIMIT @limit`,
  )
  const last = query(db, z.object({ id: z.int() }), 'SELECT coalesce(max(id), 0) AS id FROM events')
  return {
    add: (runId: string, event: unknown): void => void insert({ runId, at: new Date().toISOString(), event: JSON.stringify(event) }),
    /** Events with an id above `after`, oldest first: 0 returns all, the last known id returns the new ones. */
    after: (runId: string, id: number): EventRow[] => after.all({ runId, after: id }),
    /** A run's events of one kind, oldest first. */
    ofKind: (runId: string, kind: string): EventRow[] => ofKind.all({ runId, kind }),
    /** The same for one run or for all (null); prepared for frequent polling. */
    news: (runId: string | null, id: number): EventRow[] => news.all({ runId, after: id }),
    /** A run's newest events with an id below `before` (null: no limit), newest first. */
    newest: (runId: string, before: number | null, limit: number): EventRow[] =>
      newest.all({ runId, before: before ?? Number.MAX_SAFE_INTEGER, limit }),
    /** The newest event's id; 0 if there is none. */
    lastId: (): number => last.get({})?.id ?? 0,
  }
}
