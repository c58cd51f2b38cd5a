import { rmSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { LaurelError } from '../../shared/errors.ts'
import { migrations } from './migrations.ts'

const versionOf = (db: Database): number => db.pragma('user_version', { simple: true }) as number

/**
 * Migrates a database to the newest schema, each migration in its own transaction, after a backup. Throws UNSUPPORTED if the database is
 * newer than this Laurel, which could damage it.
 */
export function migrate(db: Database, path: string, steps: readonly string[] = migrations): void {
  const found = versionOf(db)
  const newestVersion = steps.length
  if (found > newestVersion) {
    throw new LaurelError(
      'UNSUPPORTED',
      `The database ${path} was created by a newer Laurel (schema ${found}; this version supports up to ${newestVersion}).`,
      'Update Laurel, or set LAUREL_HOME to another folder.',
    )
  }
  if (found > 0 && found < newestVersion) backUp(db, `${path}.backup-${String(found).padStart(4, '0')}`)
  for (let version = found; version < newestVersion; version++) {
    db.transaction(() => {
      if (versionOf(db) !== version) return // another process was faster
      db.exec(steps[version])
      db.pragma(`user_version = ${version + 1}`)
    }).immediate()
  }
}

/**
 * Writes a complete, compact copy into one file. `VACUUM INTO` refuses to overwrite, so an earlier copy is removed first, and a partial one
 * after a failure.
 */
function backUp(db: Database, path: string): void {
  rmSync(path, { force: true })
  try {
    db.prepare('VACUUM INTO ?').run(path)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}
