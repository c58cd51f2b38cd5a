import { rmSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { LaurelError } from '../common/errors.ts'
import { migrations } from './migrations.ts'

const versionOf = (db: Database): number => db.pragma('user_version', { simple: true }) as number

/**
 * Bring a database to the newest schema: each migration in its own transaction, after a backup of what was there.
 * Throws UNSUPPORTED where the database is newer than this Laurel knows: guessing would damage it.
 */
export function migrate(db: Database, path: string, steps: readonly string[] = migrations): void {
  const found = versionOf(db)
  const newestVersion = steps.length
  if (found > newestVersion) {
    throw new LaurelError(
      'UNSUPPORTED',
      `The database ${path} was made by a newer Laurel (schema ${found}; this one knows ${newestVersion}).`,
      'Update Laurel, or set LAUREL_HOME to another folder.',
    )
  }
  if (found > 0 && found < newestVersion) backUp(db, `${path}.backup-${String(found).padStart(4, '0')}`)
  for (let version = found; version < newestVersion; version++) {
    db.transaction(() => {
      if (versionOf(db) !== version) return // another process was quicker
      db.exec(steps[version])
      db.pragma(`user_version = ${version + 1}`)
    }).immediate()
  }
}

/** A complete, compact copy in one file. `VACUUM INTO` refuses to overwrite, so that an earlier copy is removed first, and a broken-off one afterwards. */
function backUp(db: Database, path: string): void {
  rmSync(path, { force: true })
  try {
    db.prepare('VACUUM INTO ?').run(path)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}
