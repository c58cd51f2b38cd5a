import Sqlite, { type Database } from 'better-sqlite3'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { migrate } from '../migrations/migrate.ts'
import { migrations } from '../migrations/migrations.ts'

/** How much of a table could be read. */
export interface CopiedTable {
  readonly table: string
  readonly rows: number
  /** Some of its pages couldn't be read. */
  readonly hasGaps: boolean
  /** Rows left out because the rows they refer to are lost. */
  readonly dangling: number
}

const rowsAtOnce = 10_000

/**
 * Copies all readable rows of the database at `from` into a new one at `to` with the same schema. Leaves out rows that refer to lost ones.
 * Throws BAD_INPUT if not even the list of tables can be read.
 */
export function copyReadable(from: string, to: string): CopiedTable[] {
  const source = openSource(from)
  const target = new Sqlite(to)
  try {
    const version = Number(source.pragma('user_version', { simple: true }))
    if (version > migrations.length) {
      throw new LaurelError('UNSUPPORTED', `${from} was created by a newer Laurel.`, 'Update Laurel, then recover the database.')
    }
    target.pragma('foreign_keys = OFF')
    migrate(target, to, migrations.slice(0, version))
    const tables = ownTablesOf(target).filter((table) => tablesOf(source).includes(table))
    if (tables.length === 0) throw nothingReadable(from, 'it has no tables')
    const copied = tables.map((table) => ({ table, ...copyTable(source, target, table) }))
    if (copied.every(({ rows }) => rows === 0) && copied.some(({ hasGaps }) => hasGaps)) throw nothingReadable(from, 'no rows are left')
    const dangling = dropDangling(target, tables)
    if (tables.includes('jobs')) addLostJobs(target)
    return copied.map((one) => ({ ...one, rows: one.rows - (dangling.get(one.table) ?? 0), dangling: dangling.get(one.table) ?? 0 }))
  } finally {
    source.close()
    target.close()
  }
}

/** A run or evaluation whose job is lost couldn't be started, or even listed. Resuming one that had finished changes nothing. */
function addLostJobs(target: Database): void {
  target.exec(`
    INSERT INTO jobs (id, run_id, state, attempts) SELECT id, id, iif(stage IS NULL, 'created', 'paused'), stage IS NOT NULL
      FROM runs WHERE id NOT IN (SELECT id FROM jobs);
    INSERT INTO jobs (id, evaluation_id, state, attempts) SELECT 'e-' || id, id, iif(result IS NULL, 'paused', 'finished'), 1
      FROM evaluations WHERE run_id IS NULL AND 'e-' || id NOT IN (SELECT id FROM jobs);`)
}

function openSource(path: string): Database {
  try {
    const db = new Sqlite(path, { readonly: true, fileMustExist: true })
    db.pragma('cell_size_check = ON')
    tablesOf(db)
    return db
  } catch (error) {
    throw nothingReadable(path, (error as Error).message)
  }
}

const nothingReadable = (path: string, reason: string): LaurelError =>
  badInput(
    `Couldn't read any part of ${path}: ${reason}.`,
    'Restore a backup (laurel database backups lists them), or move the file elsewhere: the next start creates an empty database.',
  )

const tablesOf = (db: Database): string[] =>
  db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid").pluck().all()

/** Without those of the search index, which triggers fill as rows are copied. */
const ownTablesOf = (db: Database): string[] => {
  const indexes = db
    .prepare<[], string>("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('virtual', 'shadow')")
    .pluck()
    .all()
  return tablesOf(db).filter((table) => !indexes.includes(table))
}

interface Column {
  readonly name: string
  readonly pk: number
}

/** Reads forward to the first unreadable page; then skips the gap if rows are numbered, otherwise reads backward from the end. */
function copyTable(source: Database, target: Database, table: string): Pick<CopiedTable, 'rows' | 'hasGaps'> {
  const columns = target.pragma(`table_info(${table})`) as Column[]
  const names = columns.map(({ name }) => name).join()
  const insert = target.prepare(`INSERT OR IGNORE INTO ${table} (${names}) VALUES (${columns.map(() => '?').join()})`)
  const add = (row: unknown[]): number => {
    try {
      return insert.run(...row).changes
    } catch (error) {
      if (error instanceof Sqlite.SqliteError && /^SQLITE_(?:CONSTRAINT|MISMATCH)/.test(error.code)) return 0 // noise that looks like a row
      throw error
    }
  }
  const isNumbered = !/WITHOUT ROWID/.test(schemaOf(target, table))
  if (!isNumbered) {
    const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk)
    const order = (direction: string) => key.map(({ name }) => `${name} ${direction}`).join()
    const walk = (direction: string) => readAll(source, target, `SELECT ${names} FROM ${table} ORDER BY ${order(direction)}`, [], add)
    const forward = walk('ASC')
    if (!forward.broke) return { rows: forward.rows, hasGaps: false }
    return { rows: forward.rows + walk('DESC').rows, hasGaps: true }
  }
  const select = `SELECT rowid AS at_row, ${names} FROM ${table} WHERE rowid > ? ORDER BY rowid`
  let rows = 0
  let hasGaps = false
  for (let last = 0; ; ) {
    const part = readAll(source, target, select, [last], ([at, ...row]) => {
      last = Number(at)
      return add(row)
    })
    rows += part.rows
    if (!part.broke) return { rows, hasGaps }
    hasGaps = true
    const next = nextReadable(source, table, last)
    if (next === undefined) return { rows, hasGaps }
    last = next
  }
}

const schemaOf = (db: Database, table: string): string =>
  db.prepare<[string], string>("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?").pluck().get(table) ?? ''

/** Passes every row to `add`, in transactions of the target; returns the number of new rows, and whether a page couldn't be read. */
function readAll(source: Database, target: Database, sql: string, parameters: number[], add: (row: unknown[]) => number) {
  let rows = 0
  let broke = false
  target.exec('BEGIN')
  try {
    for (const row of source
      .prepare(sql)
      .raw()
      .iterate(...parameters) as IterableIterator<unknown[]>) {
      rows += add(row)
      if (rows % rowsAtOnce === 0) target.exec('COMMIT; BEGIN')
    }
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError) || !/^SQLITE_(?:CORRUPT|IOERR)/.test(error.code)) throw error
    broke = true
  } finally {
    target.exec('COMMIT')
  }
  return { rows, broke }
}

/** The smallest readable row number after `last`, as far as bisection finds it. */
function nextReadable(source: Database, table: string, last: number): number | undefined {
  const works = (after: number): boolean | undefined => {
    try {
      return source.prepare(`SELECT rowid FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT 1`).get(after) !== undefined
    } catch {
      return undefined // still in the gap
    }
  }
  let step = 1
  while (works(last + step) === undefined) {
    step *= 2
    if (step > Number.MAX_SAFE_INTEGER / 4) return undefined
  }
  let low = last + Math.floor(step / 2)
  let high = last + step
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (works(middle) === undefined) low = middle
    else high = middle
  }
  return works(high) ? high : undefined
}

interface Reference {
  readonly table: string
  readonly from: string
  readonly to: string | null
}

/** Deletes rows with dangling references until none are left; returns their number per table. */
function dropDangling(db: Database, tables: readonly string[]): Map<string, number> {
  const dropped = new Map<string, number>()
  for (let changes = 1; changes > 0; ) {
    changes = 0
    for (const table of tables) {
      for (const { table: parent, from, to } of db.pragma(`foreign_key_list(${table})`) as Reference[]) {
        const key = to ?? 'rowid'
        const gone = db
          .prepare(
            `DELETE FROM ${table} WHERE ${from} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${parent} p WHERE p.${key} = ${table}.${from})`,
          )
          .run().changes
        if (gone > 0) dropped.set(table, (dropped.get(table) ?? 0) + gone)
        changes += gone
      }
    }
  }
  return dropped
}
