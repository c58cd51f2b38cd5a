import { copyFileSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { newestBackup } from './backups.ts'
import { type CopiedTable, copyReadable } from './copy-readable.ts'
import { checkOf } from './integrity.ts'

/** The three files of an SQLite database. */
const suffixes = ['', '-wal', '-shm'] as const

/**
 * Replaces the database with a backup; the old database is kept next to it under another name, which is returned. Throws BUSY if a process
 * has the database open, NOT_FOUND without a backup, and BAD_INPUT if the backup itself is damaged.
 */
export function restoreDatabase(path: string, backup = newestBackup(path)?.path): { backup: string; kept: string | null } {
  mustNotBeOpen(path)
  if (backup === undefined)
    throw new LaurelError('NOT_FOUND', `There is no backup of ${path}.`, 'Copy the readable data: laurel database recover.')
  if (!existsSync(backup)) throw new LaurelError('NOT_FOUND', `There is no backup ${backup}.`, 'List the backups: laurel database backups.')
  const [wrong] = checkOf(backup)
  if (wrong !== undefined) throw badInput(`The backup ${backup} is damaged: ${wrong}.`, 'Choose another backup: laurel database backups.')
  const made = `${path}.${process.pid}.tmp`
  copyFileSync(backup, made)
  return { backup, kept: putInPlace(path, made, 'replaced') }
}

/**
 * Replaces the damaged database with a new one that contains all readable rows; the old one is kept next to it under another name. Throws
 * BUSY if a process has the database open, and BAD_INPUT if nothing can be read.
 */
export function recoverDatabase(path: string): { tables: CopiedTable[]; kept: string | null } {
  mustNotBeOpen(path)
  if (!existsSync(path)) throw new LaurelError('NOT_FOUND', `There is no database ${path}.`, 'There is nothing to recover.')
  const made = `${path}.${process.pid}.tmp`
  try {
    const tables = copyReadable(path, made)
    return { tables, kept: putInPlace(path, made, 'damaged') }
  } finally {
    for (const suffix of suffixes) rmSync(made + suffix, { force: true })
  }
}

/** Gives the old files a second name before the new one takes the first, so that a kill at any moment leaves a database at `path`. */
function putInPlace(path: string, made: string, reason: 'damaged' | 'replaced'): string | null {
  const kept = existsSync(path) ? `${path}.${reason}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}` : null
  if (kept !== null) for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) secondName(path + suffix, kept + suffix)
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true }) // the new database must never meet the old one's journal
  renameSync(made, path)
  return kept
}

function secondName(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to) // a file system without hard links
  }
}

/** Checks with SQLite whether any process holds a lock on the file, as every process that has the database open does. */
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
      throw new LaurelError('BUSY', `Another process has the database ${path} open.`, 'Close all Laurel windows and stop all runs first.', {
        cause: error,
      })
    }
    // Damaged, so no other process can have it open either.
  } finally {
    db?.close()
  }
}
