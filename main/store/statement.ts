import type { Database } from 'better-sqlite3'
import { z } from 'zod'

/** Named parameters of a statement (`@name` in the SQL). */
export type Parameters = Readonly<Record<string, string | number | null>>

export interface Query<Row> {
  all(parameters: Parameters): Row[]
  get(parameters: Parameters): Row | undefined
}

/** A SELECT, prepared once; what it gives is checked against `row`, so that a drifted schema is caught where it enters. */
export function query<Schema extends z.ZodType>(db: Database, row: Schema, sql: string): Query<z.output<Schema>> {
  const statement = db.prepare(sql)
  return {
    all: (parameters) => statement.all(parameters).map((found) => row.parse(found)),
    get: (parameters) => {
      const found = statement.get(parameters)
      return found === undefined ? undefined : row.parse(found)
    },
  }
}

/** An INSERT, UPDATE or DELETE, prepared once; gives the number of rows it changed. */
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
