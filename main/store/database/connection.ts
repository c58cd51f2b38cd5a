import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { badInput } from '../../shared/errors.ts'
import { migrate } from '../migrations/migrate.ts'
import { newestBackup } from './backups.ts'
import { damaged, explainStoreError, nameDatabase, notOurs } from './store-error.ts'

/**
 * Opens the database at `path`, creating it if absent, and migrates it to the newest schema.
 *
 * WAL with `synchronous=FULL`: an acknowledged commit survives a power cut, so nothing already reported is lost. A file that can't be used
 * is left untouched: a failing disk looks like a damaged file, and another process may be writing to it. Throws BAD_INPUT if the file is
 * damaged, unreadable, or another program's; BUSY; DISK_FULL; and UNSUPPORTED if a newer Laurel created it.
 */
export function openDatabase(path: string): Database {
  try {
    mkdirSync(dirname(path), { recursive: true })
  } catch (error) {
    throw badInput(
      `Couldn't create the data folder ${dirname(path)} (${(error as NodeJS.ErrnoException).code}).`,
      'Set LAUREL_HOME to a folder that you can write to.',
    )
  }
  refuseOtherFiles(path)
  let db: Database | undefined
  try {
    db = connect(path)
    migrate(db, path)
    nameDatabase(path)
    return db
  } catch (error) {
    db?.close()
    throw explainStoreError(error, path)
  }
}

/** A read-only connection for another thread. The database must have been opened before. */
export function openForReading(path: string): Database {
  try {
    const db = new Sqlite(path, { readonly: true, fileMustExist: true })
    db.pragma('busy_timeout = 5000')
    db.pragma('trusted_schema = OFF')
    nameDatabase(path)
    return db
  } catch (error) {
    throw explainStoreError(error, path)
  }
}

function connect(path: string): Database {
  const db = new Sqlite(path)
  try {
    db.pragma('busy_timeout = 5000')
    refuseOtherPrograms(db, path)
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    db.pragma('trusted_schema = OFF')
    db.pragma('cell_size_check = ON')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Rejects a folder, and an empty file if backups exist: SQLite would treat the latter as a new database. */
function refuseOtherFiles(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return
  if (!stats.isFile()) throw badInput(`The database ${path} must be a file.`, 'Move it elsewhere, or set LAUREL_HOME to another folder.')
  if (stats.size === 0 && newestBackup(path) !== undefined) throw damaged(path, 'the file is empty, although it has backups')
}

/** Checked before any write: setting the journal mode would already change another program's file. */
function refuseOtherPrograms(db: Database, path: string): void {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
  if (tables.length > 0 && !tables.includes('runs')) throw notOurs(path, `it contains the tables ${tables.slice(0, 3).join(', ')}`)
}
