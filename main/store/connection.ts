import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { badInput } from '../common/errors.ts'
import { newestBackup } from './backups.ts'
import { migrate } from './migrate.ts'
import { damaged, explainStoreError, nameDatabase, notOurs } from './store-error.ts'

/**
 * Open the database at `path`, made if absent, and bring it to the newest schema.
 *
 * WAL with `synchronous=FULL`: what a commit has acknowledged survives a power cut, which is what "nothing already reported is lost" rests
 * on. A file that can't be used stays exactly where it is: a failing disk looks like a damaged file, and another process may be writing to it.
 * Throws BAD_INPUT where the file is damaged, unreadable or of another program, BUSY, DISK_FULL, and UNSUPPORTED where a newer Laurel made it.
 */
export function openDatabase(path: string): Database {
  try {
    mkdirSync(dirname(path), { recursive: true })
  } catch (error) {
    throw badInput(
      `The data folder ${dirname(path)} couldn't be made (${(error as NodeJS.ErrnoException).code}).`,
      'Set LAUREL_HOME to a folder that you may write to.',
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

/** A second connection that only reads, for a thread of its own. The database must have been opened before. */
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

/** A folder, and an emptied file where there once was a history: SQLite would take the latter for a new database. */
function refuseOtherFiles(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return
  if (!stats.isFile()) throw badInput(`The database ${path} is no file.`, 'Move it away, or set LAUREL_HOME to another folder.')
  if (stats.size === 0 && newestBackup(path) !== undefined) throw damaged(path, 'the file is empty, though there are backups of it')
}

/** Looked at before anything is written: switching the journal's kind would already change the file of another program. */
function refuseOtherPrograms(db: Database, path: string): void {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
  if (tables.length > 0 && !tables.includes('runs')) throw notOurs(path, `its tables are ${tables.slice(0, 3).join(', ')}`)
}
