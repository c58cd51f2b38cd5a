import { copyFileSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { badInput, LaurelError } from '../common/errors.ts'
import { newestBackup } from './backups.ts'
import { type CopiedTable, copyReadable } from './copy-readable.ts'
import { checkOf } from './integrity.ts'

/** The three files that SQLite keeps a database in. */
const suffixes = ['', '-wal', '-shm'] as const

/**
 * Puts a backup in the place of the database; what was there stays beside it under another name, which is given.
 * Throws BUSY where a process has the database open, NOT_FOUND without a backup, BAD_INPUT where the backup itself is damaged.
 */
export function restoreDatabase(path: string, backup = newestBackup(path)?.path): { backup: string; kept: string | null } {
  mustNotBeOpen(path)
  if (backup === undefined)
    throw new LaurelError('NOT_FOUND', `There is no backup of ${path}.`, 'Copy what can be read: laurel database recover.')
  if (!existsSync(backup)) throw new LaurelError('NOT_FOUND', `There is no backup ${backup}.`, 'laurel database backups lists them.')
  const [wrong] = checkOf(backup)
  if (wrong !== undefined) throw badInput(`The backup ${backup} is damaged: ${wrong}.`, 'Choose another one: laurel database backups.')
  const made = `${path}.${process.pid}.tmp`
  copyFileSync(backup, made)
  return { backup, kept: putInPlace(path, made, 'replaced') }
}

/**
 * Copies every row that can still be read into a new database and puts it in the place of the damaged one, which stays beside it under another name.
 * Throws BUSY where a process has the database open, BAD_INPUT where nothing can be read.
 */
export function recoverDatabase(path: string): { tables: CopiedTable[]; kept: string | null } {
  mustNotBeOpen(path)
  if (!existsSync(path)) throw new LaurelError('NOT_FOUND', `There is no database ${path}.`, 'Nothing has to be recovered.')
  const made = `${path}.${process.pid}.tmp`
  try {
    const tables = copyReadable(path, made)
    return { tables, kept: putInPlace(path, made, 'damaged') }
  } finally {
    for (const suffix of suffixes) rmSync(made + suffix, { force: true })
  }
}

/** The old files get a second name before the new one takes the first: a kill at any moment leaves a database at `path`. */
function putInPlace(path: string, made: string, reason: 'damaged' | 'replaced'): string | null {
  const kept = existsSync(path) ? `${path}.${reason}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}` : null
  if (kept !== null) for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) secondName(path + suffix, kept + suffix)
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true }) // a journal of the old pages must never meet the new ones
  renameSync(made, path)
  return kept
}

function secondName(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to) // a file system without links
  }
}

/** Every process that has the database open holds a lock on its file, which this asks SQLite for. */
function mustNotBeOpen(path: string): void {
  if (!existsSync(path)) return
  let db: Sqlite.Database | undefined
  try {
    db = new Sqlite(path, { timeout: 0 })
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE')
    db.exec('ROLLBACK')
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new LaurelError(
        'BUSY',
        `Another process has the database ${path} open.`,
        'Close every window of Laurel and stop its runs first.',
        {
          cause: error,
        },
      )
    }
    // Damaged: such a file can't be held open by anybody else either.
  } finally {
    db?.close()
  }
}
