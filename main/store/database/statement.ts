import type { Database } from 'better-sqlite3'
import { z } from 'zod'

/** Named parameters of a statement (`@name` in the SQL). */
export type Parameters = Readonly<Record<string, string | number | null>>

export interface Query<Row> {
  all(parameters: Parameters): Row[]
  /** One row after the other. Nothing can be written on the connection until the last one is read. */
  each(parameters: Parameters): Iterable<Row>
  get(parameters: Parameters): Row | undefined
}

/** A prepared SELECT; checks results against `row`, to catch a drifted schema where it enters. */
export function query<Schema extends z.ZodType>(db: Database, row: Schema, sql: string): Query<z.output<Schema>> {
  const statement = db.prepare(sql)
  return {
    all: (parameters) => statement.all(parameters).map((found) => row.parse(found)),
    *each(parameters) {
      for (const found of statement.iterate(parameters)) yield row.parse(found)
    },
    get: (parameters) => {
      const found = statement.get(parameters)
      return found === undefined ? undefined : row.parse(found)
    },
  }
}

/**
 * A SELECT for tens of thousands of rows, several times as fast as `query`. Its columns must be the schema's keys, in that order. Checks
 * only the first row: the tables are STRICT, so the others have the same types.
 */
export function bulkQuery<Schema extends z.ZodObject>(
  db: Database,
  row: Schema,
  sql: string,
): (parameters: Parameters) => z.output<Schema>[] {
  const { statement, toRow } = bulkStatement(db, row, sql)
  return (parameters) => (statement.all(parameters) as unknown[][]).map(toRow)
}

/** The same for millions of rows: one after the other. Nothing can be written on the connection until the last one is read. */
export function bulkEach<Schema extends z.ZodObject>(
  db: Database,
  row: Schema,
  sql: string,
): (parameters: Parameters) => Generator<z.output<Schema>> {
  const { statement, toRow } = bulkStatement(db, row, sql)
  return function* (parameters) {
    let i = 0
    for (const values of statement.iterate(parameters)) yield toRow(values as unknown[], i++)
  }
}

function bulkStatement<Schema extends z.ZodObject>(db: Database, row: Schema, sql: string) {
  const names = Object.keys(row.shape)
  const statement = db.prepare(sql).raw()
  const given = statement.columns().map(({ name }) => name)
  if (given.join() !== names.join()) throw new Error(`The query returned the columns ${given.join()}; expected ${names.join()}`)
  function toRow(values: unknown[], index: number): z.output<Schema> {
    const found: Record<string, unknown> = {}
    for (let i = 0; i < names.length; i++) found[names[i]] = values[i]
    if (index === 0) row.parse(found)
    return found as z.output<Schema>
  }
  return { statement, toRow }
}

/** A prepared INSERT, UPDATE, or DELETE; returns the number of rows changed. */
export function command(db: Database, sql: string): (parameters: Parameters) => number {
  const statement = db.prepare(sql)
  return (parameters) => statement.run(parameters).changes
}

/** A column that holds JSON. */
export const jsonColumn = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(schema)

/** A column that holds 0 or 1. */
export const flag = z.literal([0, 1]).transform((value) => value === 1)
