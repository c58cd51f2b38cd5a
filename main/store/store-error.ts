import Sqlite from 'better-sqlite3'
import { LaurelError } from '../common/errors.ts'

/** What SQLite threw, as an error a person can act on. Anything else is given back as it is. */
export function explainStoreError(thrown: unknown): unknown {
  if (!(thrown instanceof Sqlite.SqliteError)) return thrown
  const because = { cause: thrown }
  if (thrown.code === 'SQLITE_FULL') {
    return new LaurelError(
      'DISK_FULL',
      `The database could not grow: ${thrown.message}.`,
      'Free disk space, then resume: nothing is lost.',
      because,
    )
  }
  if (thrown.code.startsWith('SQLITE_BUSY') || thrown.code.startsWith('SQLITE_LOCKED')) {
    return new LaurelError('BUSY', `Another process holds the database: ${thrown.message}.`, 'Wait a moment and try again.', because)
  }
  if (thrown.code.startsWith('SQLITE_IOERR') || thrown.code === 'SQLITE_READONLY' || thrown.code === 'SQLITE_CANTOPEN') {
    return new LaurelError(
      'BAD_INPUT',
      `The database cannot be read or written: ${thrown.message} (${thrown.code}).`,
      'Check the data folder: its disk, free space and permissions.',
      because,
    )
  }
  return thrown
}
