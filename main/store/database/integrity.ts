import Sqlite, { type Database } from 'better-sqlite3'
import { explainStoreError } from './store-error.ts'

/** SQLite's primary error code for I/O errors: such an error says nothing about the page itself. */
const ioError = 10

/** Checks every page, index, and reference of the database at `path`; returns the problems. Takes seconds for a large one. */
export function checkOf(path: string): string[] {
  let db: Database | undefined
  try {
    db = new Sqlite(path, { readonly: true, fileMustExist: true })
    return checkOn(db)
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && /^SQLITE_(?:NOTADB|CORRUPT)/.test(error.code)) return [error.message]
    throw explainStoreError(error, path)
  } finally {
    db?.close()
  }
}

/** The same on an open connection. Throws on a disk error, which says nothing about the database. */
function checkOn(db: Database): string[] {
  const found = (db.pragma('integrity_check(20)') as { integrity_check: string }[]).map((row) => row.integrity_check)
  const failure = found.find((text) => isDiskError(text))
  if (failure !== undefined) throw new Sqlite.SqliteError(failure, 'SQLITE_IOERR_READ')
  const references = (db.pragma('foreign_key_check') as { table: string }[])
    .slice(0, 20)
    .map(({ table }) => `a row of ${table} has a dangling reference`)
  return [...found.filter((text) => text !== 'ok'), ...references]
}

function isDiskError(text: string): boolean {
  const code = /error code=(\d+)/.exec(text)?.[1]
  return code !== undefined && (Number(code) & 0xff) === ioError
}
