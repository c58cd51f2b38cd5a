import Sqlite from 'better-sqlite3'
import { badInput, LaurelError } from '../common/errors.ts'
import { newestBackup } from './backups.ts'

/** The database that this process opened last, so that an error of any later statement can name it. */
let opened: string | undefined

/** Called when a database is opened: later errors name it. */
export function nameDatabase(path: string): void {
  opened = path
}

/** What SQLite threw, as an error a user can act on, naming the database at `path`. Anything else is given back as it is. */
export function explainStoreError(thrown: unknown, path = opened): unknown {
  if (!(thrown instanceof Sqlite.SqliteError)) return thrown
  const because = { cause: thrown }
  const which = path === undefined ? 'The database' : `The database ${path}`
  if (thrown.code === 'SQLITE_FULL') {
    return new LaurelError(
      'DISK_FULL',
      `${which} could not grow: ${thrown.message}.`,
      'Free disk space, then resume: nothing is lost.',
      because,
    )
  }
  if (thrown.code.startsWith('SQLITE_BUSY') || thrown.code.startsWith('SQLITE_LOCKED')) {
    return new LaurelError('BUSY', `Another process holds ${lower(which)}: ${thrown.message}.`, 'Wait a moment and try again.', because)
  }
  if (/^SQLITE_(?:NOTADB|CORRUPT)/.test(thrown.code)) {
    return path !== undefined && isSoundAgain(path)
      ? diskError(which, 'a page that one read failed to deliver was sound in the next', because)
      : damaged(path, thrown.message, because)
  }
  if (thrown.code.startsWith('SQLITE_READONLY') || thrown.code.startsWith('SQLITE_CANTOPEN') || thrown.code === 'SQLITE_PERM') {
    return new LaurelError(
      'BAD_INPUT',
      `${which} couldn't be opened for writing: ${thrown.message} (${thrown.code}).`,
      'Check the permissions of the data folder, or set LAUREL_HOME to a folder that you may write to.',
      because,
    )
  }
  if (thrown.code.startsWith('SQLITE_IOERR')) return diskError(which, `${thrown.message} (${thrown.code})`, because)
  return thrown
}

const diskError = (which: string, what: string, because: ErrorOptions): LaurelError =>
  new LaurelError(
    'DISK_FAILED',
    `${which} couldn't be read or written: ${what}.`,
    'The disk reported an error and the database was left as it is: check the disk, then try again.',
    because,
  )

/** How long the answer to a second look holds, milliseconds: it reads every page. */
const secondLookMs = 60_000
let secondLook: { readonly path: string; readonly at: number; readonly isSound: boolean } | undefined

/** SQLite calls a page that the disk failed to deliver corrupt. Whether the file really is shows when it is read again, as a whole. */
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

/** The error for a database whose content is not what SQLite wrote. The file stays where it is. */
export function damaged(path: string | undefined, verdict: string, options?: ErrorOptions): LaurelError {
  const which = path === undefined ? 'The database' : `The database ${path}`
  return new LaurelError('BAD_INPUT', `${which} is damaged: ${verdict}. It was left as it is.`, repairRemedy(path), options)
}

/** The file at `path` is no database of Laurel's. */
export const notOurs = (path: string, reason: string): LaurelError =>
  badInput(`${path} isn't a database of Laurel: ${reason}. It was left as it is.`, repairRemedy(path))

/** What to run where a database can't be used: a backup where there is one, and always the copy of what can still be read. */
function repairRemedy(path: string | undefined): string {
  const backup = path === undefined ? undefined : newestBackup(path)
  const restore =
    backup === undefined ? '' : `Go back to the backup of ${backup.at.slice(0, 16).replace('T', ' ')}: laurel database restore. `
  return `${restore}Copy what can still be read into a new database: laurel database recover.`
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
