import Sqlite from 'better-sqlite3'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { newestBackup } from './backups.ts'

/** The database that this process opened last, for the errors of later statements. */
let opened: string | undefined

/** Call when opening a database: later errors name it. */
export function nameDatabase(path: string): void {
  opened = path
}

/** Converts an SQLite error to one that a user can act on, naming the database at `path`. Returns anything else unchanged. */
export function explainStoreError(thrown: unknown, path = opened): unknown {
  if (!(thrown instanceof Sqlite.SqliteError)) return thrown
  const because = { cause: thrown }
  const which = path === undefined ? 'The database' : `The database ${path}`
  if (thrown.code === 'SQLITE_FULL') {
    return new LaurelError(
      'DISK_FULL',
      `${which} couldn't grow: ${thrown.message}.`,
      'Free disk space, then resume: nothing is lost.',
      because,
    )
  }
  if (thrown.code.startsWith('SQLITE_BUSY') || thrown.code.startsWith('SQLITE_LOCKED')) {
    return new LaurelError('BUSY', `${which} is locked by another process: ${thrown.message}.`, 'Wait a moment and try again.', because)
  }
  if (/^SQLITE_(?:NOTADB|CORRUPT)/.test(thrown.code)) {
    return path !== undefined && isSoundAgain(path)
      ? diskError(which, 'a page that couldn’t be read was intact on the next attempt', because)
      : damaged(path, thrown.message, because)
  }
  if (thrown.code.startsWith('SQLITE_READONLY') || thrown.code.startsWith('SQLITE_CANTOPEN') || thrown.code === 'SQLITE_PERM') {
    return new LaurelError(
      'BAD_INPUT',
      `Couldn't open ${lower(which)} for writing: ${thrown.message} (${thrown.code}).`,
      'Check the permissions of the data folder, or set LAUREL_HOME to a folder that you can write to.',
      because,
    )
  }
  if (thrown.code.startsWith('SQLITE_IOERR')) return diskError(which, `${thrown.message} (${thrown.code})`, because)
  return thrown
}

const diskError = (which: string, what: string, because: ErrorOptions): LaurelError =>
  new LaurelError(
    'DISK_FAILED',
    `Couldn't read or write ${lower(which)}: ${what}.`,
    'The disk reported an error; the database was left unchanged. Check the disk, then try again.',
    because,
  )

/** Milliseconds to cache the result of a second read, which reads every page. */
const secondLookMs = 60_000
let secondLook: { readonly path: string; readonly at: number; readonly isSound: boolean } | undefined

/** SQLite reports a page that the disk failed to deliver as corrupt. Rereading the whole file shows whether it really is. */
function isSoundAgain(path: string): boolean {
  if (secondLook?.path === path && Date.now() - secondLook.at < secondLookMs) return secondLook.isSound
  const isSound = passesQuickCheck(path)
  secondLook = { path, at: Date.now(), isSound }
  return isSound
}

function passesQuickCheck(path: string): boolean {
  let db: Sqlite.Database | undefined
  try {
    db = new Sqlite(path, { readonly: true, fileMustExist: true })
    return db.pragma('quick_check(1)', { simple: true }) === 'ok'
  } catch {
    return false
  } finally {
    db?.close()
  }
}

/** The error for a database with corrupt content. The file is left in place. */
export function damaged(path: string | undefined, verdict: string, options?: ErrorOptions): LaurelError {
  const which = path === undefined ? 'The database' : `The database ${path}`
  return new LaurelError('BAD_INPUT', `${which} is damaged: ${verdict}. The file was left unchanged.`, repairRemedy(path), options)
}

/** The error for a file at `path` that isn't a Laurel database. */
export const notOurs = (path: string, reason: string): LaurelError =>
  badInput(`${path} isn't a Laurel database: ${reason}. The file was left unchanged.`, repairRemedy(path))

/** How to repair an unusable database: restore a backup if there is one, or recover what is readable. */
function repairRemedy(path: string | undefined): string {
  const backup = path === undefined ? undefined : newestBackup(path)
  if (backup === undefined) return 'Copy the readable data into a new database: laurel database recover.'
  const at = backup.at.slice(0, 16).replace('T', ' ')
  return `Restore the backup of ${at}: laurel database restore. Or copy the readable data into a new database: laurel database recover.`
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
