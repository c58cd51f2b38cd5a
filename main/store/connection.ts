import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { LaurelError } from '../common/errors.ts'
import { migrate } from './migrate.ts'

/**
 * Open the database at `path`, made if absent, checked and brought to the newest schema.
 *
 * WAL with `synchronous=FULL`: what a commit has acknowledged survives a power cut, which is what "nothing already reported is lost" rests
 * on. Throws BAD_INPUT where the file is damaged (it is renamed aside, never deleted) and UNSUPPORTED where a newer Laurel made it.
 */
export function openDatabase(path: string): Database {
  mkdirSync(dirname(path), { recursive: true })
  const db = openChecked(path)
  try {
    migrate(db, path)
  } catch (error) {
    db.close()
    throw error
  }
  return db
}

function openChecked(path: string): Database {
  const db = new Sqlite(path)
  try {
    db.pragma('busy_timeout = 5000')
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    db.pragma('trusted_schema = OFF')
    db.pragma('cell_size_check = ON')
    const verdict = db.pragma('quick_check(1)', { simple: true })
    if (verdict !== 'ok') throw damaged(path, String(verdict))
    return db
  } catch (error) {
    db.close()
    const isDamage = error instanceof Sqlite.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(error.code)
    throw isDamage ? damaged(path, error.message) : error
  }
}

/** Puts a damaged database out of the way, with its journal, and says where it went and what can be restored. */
function damaged(path: string, verdict: string): LaurelError {
  const aside = `${path}.corrupt-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
  for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
  const backup = newestBackup(path)
  const restore = backup === undefined ? 'There is no backup.' : `The newest backup is ${backup}: copy it to ${path} to go back to it.`
  return new LaurelError(
    'BAD_INPUT',
    `The database ${path} is damaged (${verdict}). It was kept as ${aside}.`,
    `${restore} Otherwise the next start makes an empty database.`,
  )
}

function newestBackup(path: string): string | undefined {
  const backups = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.backup-`))
  const newest = backups.sort().at(-1)
  return newest === undefined ? undefined : join(dirname(path), newest)
}
