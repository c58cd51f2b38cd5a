import { mkdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { LaurelError } from '../common/errors.ts'
import { type Backup, backupFolder, backupsOf } from './backups.ts'
import { openForReading } from './connection.ts'
import { explainStoreError } from './store-error.ts'

/** How many of the daily backups are kept; those made by hand stay until the user deletes them. */
const dailyKept = 3

const daily = 'daily-'

/**
 * Copies the database at `path` as it is now, compactly, while it is in use. The copy has its name once it is complete.
 * Takes seconds for a large one: for a thread of its own. Throws DISK_FULL where there is no room for it.
 */
export function makeBackup(path: string, kind: 'by-hand' | 'daily' = 'by-hand'): Backup {
  const folder = backupFolder(path)
  mkdirSync(folder, { recursive: true })
  mustHaveRoom(folder, statSync(path).size)
  const name = `${kind === 'daily' ? daily : 'laurel-'}${new Date().toISOString().replaceAll(/[:.]/g, '-')}.db`
  const part = join(folder, `${name}.${process.pid}.tmp`)
  const db = openForReading(path)
  try {
    db.prepare('VACUUM INTO ?').run(part)
    renameSync(part, join(folder, name))
  } catch (error) {
    throw explainStoreError(error, path)
  } finally {
    db.close()
    rmSync(part, { force: true })
  }
  if (kind === 'daily') for (const old of dailyOf(path).slice(dailyKept)) rmSync(old.path, { force: true })
  return backupsOf(path).find((backup) => backup.name === name)!
}

/** Daily backups, newest first. */
export const dailyOf = (path: string): Backup[] => backupsOf(path).filter(({ name }) => name.startsWith(daily))

/** Room for the copy, and as much again: a backup must not be what fills the disk under a run. */
function mustHaveRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize >= 2 * bytes) return
  const megabytes = (n: number): string => `${Math.ceil(n / 1e6)} MB`
  throw new LaurelError(
    'DISK_FULL',
    `A backup of ${megabytes(bytes)} needs ${megabytes(2 * bytes)} free at ${folder}; ${megabytes(bavail * bsize)} are.`,
    'Free disk space, then try again.',
  )
}
