import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { command, query } from './statement.ts'

/** A table of append-only rows about subjects, of which the newest of a subject counts. All names and expressions are SQL. */
interface Versioned {
  readonly table: string
  /** The column that says what a row is about. */
  readonly subject: string
  /** Whether a row says that nothing stands. */
  readonly isNothing: (row: string) => string
  /** What a row holds, each with what it holds where nothing stands. */
  readonly columns: Readonly<Record<string, string>>
  /** A column that takes the step's batch, where it has one. */
  readonly batch?: string
}

/** Who undoes or redoes an act. */
export interface Step {
  readonly actId: number // the new act
  readonly of: number // the act that is undone or redone
  readonly reviewer: string
  /** The batch that redone rows are of. */
  readonly batchId?: number | null
  /** Only this subject of the act's. */
  readonly only?: number | null
}

/**
 * Undoing and redoing acts by new rows: each holds what stood before the act, or what the act said, with the reviewer and the note of then. A subject
 * about which something else was done since is left alone.
 */
export function versions(db: Database, { table, subject, isNothing, columns, batch }: Versioned) {
  const names = Object.keys(columns)
  const isEmpty = (row: string): string => `(${row}.id IS NULL OR ${isNothing(row)})`
  /** The row whose content stands: a row that brings back another one is as good as that one. */
  const origin = (row: string): string => `iif(${isEmpty(row)}, 0, coalesce(${row}.restores, ${row}.id))`
  const content = (row: string): string =>
    names
      .map((name) => {
        const value = `iif(${isEmpty(row)}, ${columns[name]}, ${row}.${name})`
        return name === batch ? `coalesce(@batchId, ${value})` : value
      })
      .join(', ')
  /** r: the act's row; n: the newest row of its subject; p: what stood before the act. */
  const rows = `${table} r JOIN ${table} n ON n.id = (SELECT max(id) FROM ${table} WHERE ${subject} = r.${subject})
     LEFT JOIN ${table} p ON p.id = (SELECT max(id) FROM ${table} WHERE ${subject} = r.${subject} AND id < r.id)
     WHERE r.act_id = @of AND (@only IS NULL OR r.${subject} = @only)`
  const stands = `${origin('n')} = ${origin('r')}`
  const isUndone = `${origin('n')} = ${origin('p')}`
  const writing = (row: string, where: string) =>
    command(
      db,
      `INSERT INTO ${table} (${subject}, act_id, at, restores, ${names.join(', ')})
       SELECT r.${subject}, @actId, @at, nullif(${origin(row)}, 0), ${content(row)} FROM ${rows} AND ${where} ORDER BY r.id`,
    )
  const [undo, redo] = [writing('p', stands), writing('r', isUndone)]
  const one = (where: string) => query(db, z.object({ n: z.int() }), `SELECT EXISTS (SELECT 1 FROM ${rows} AND ${where}) AS n`)
  const [standing, undone] = [one(stands), one(isUndone)]
  const all = query(db, z.object({ n: z.int() }), `SELECT count(*) AS n FROM ${table} WHERE act_id = @of`)
  const now = (): string => new Date().toISOString()
  return {
    /** Gives about how many subjects the act is undone. */
    undo: (step: Step): number => undo({ only: null, ...step, batchId: null, at: now() }),
    /** Gives about how many subjects the act is redone. */
    redo: (step: Step): number => redo({ only: null, ...step, batchId: step.batchId ?? null, at: now() }),
    /** About how many subjects the act was. */
    subjects: (actId: number): number => all.get({ of: actId })!.n,
    /** Whether what the act said still stands, about any of its subjects. */
    standing: (actId: number): boolean => standing.get({ of: actId, only: null })!.n === 1,
    /** Whether what stood before the act stands, about any of them. */
    undone: (actId: number): boolean => undone.get({ of: actId, only: null })!.n === 1,
  }
}
