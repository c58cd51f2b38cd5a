import { mkdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { LaurelError } from '../../shared/errors.ts'
import { type Backup, backupFolder, backupsOf } from './backups.ts'
import { openForReading } from './connection.ts'
import { explainStoreError } from './store-error.ts'

/** Number of daily backups to keep; manual ones stay until the user deletes them. */
const dailyKept = 3

const daily = 'daily-'

/**
 * Writes a compact copy of the database at `path` while it is in use. The copy gets its name once it is complete. Takes seconds for a large
 * database, so call it on a thread. Throws DISK_FULL if there is no room.
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

/** Requires room for two copies, so that a backup never fills the disk during a run. */
function mustHaveRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize >= 2 * bytes) return
  const megabytes = (n: number): string => `${Math.ceil(n / 1e6)} MB`
  throw new LaurelError(
    'DISK_FULL',
    `A backup of ${megabytes(bytes)} needs ${megabytes(2 * bytes)} of free space at ${folder}, but only ${megabytes(bavail * bsize)} is free.`,
    'Free disk space, then try again.',
  )
}
