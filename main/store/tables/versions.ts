import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { command, query } from '../database/statement.ts'

/** A table of append-only rows about subjects; a subject's newest row counts. All names and expressions are SQL. */
interface Versioned {
  readonly table: string
  /** The column that identifies the subject. */
  readonly subject: string
  /** SQL: whether a row clears its subject. */
  readonly isNothing: (row: string) => string
  /** The content columns, each with its value in a row that clears the subject. */
  readonly columns: Readonly<Record<string, string>>
  /** The column for the step's batch, if any. */
  readonly batch?: string
}

/** An undo or redo of an action. */
export interface Step {
  readonly actId: number // the new action
  readonly of: number // the action to undo or redo
  readonly reviewer: string
  /** The batch for redone rows. */
  readonly batchId?: number | null
  /** Limits the step to this subject of the action. */
  readonly only?: number | null
}

/**
 * Undoes and redoes actions by adding rows: each repeats the content before (undo) or after (redo) the action, with the original reviewer
 * and note. Skips subjects that have changed since.
 */
export function versions(db: Database, { table, subject, isNothing, columns, batch }: Versioned) {
  const names = Object.keys(columns)
  const isEmpty = (row: string): string => `(${row}.id IS NULL OR ${isNothing(row)})`
  /** The row that content originally came from: a restoring row counts as the row it restores. */
  const origin = (row: string): string => `iif(${isEmpty(row)}, 0, coalesce(${row}.restores, ${row}.id))`
  const content = (row: string): string =>
    names
      .map((name) => {
        const value = `iif(${isEmpty(row)}, ${columns[name]}, ${row}.${name})`
        return name === batch ? `coalesce(@batchId, ${value})` : value
      })
      .join(', ')
  /** r: the action's row; n: the newest row of its subject; p: the row before the action. */
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
    /** Returns for how many subjects the action was undone. */
    undo: (step: Step): number => undo({ only: null, ...step, batchId: null, at: now() }),
    /** Returns for how many subjects the action was redone. */
    redo: (step: Step): number => redo({ only: null, ...step, batchId: step.batchId ?? null, at: now() }),
    /** Number of the action's subjects. */
    subjects: (actId: number): number => all.get({ of: actId })!.n,
    /** Whether the action still counts for any of its subjects. */
    standing: (actId: number): boolean => standing.get({ of: actId, only: null })!.n === 1,
    /** Whether the state before the action applies to any of its subjects. */
    undone: (actId: number): boolean => undone.get({ of: actId, only: null })!.n === 1,
  }
}
