import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** A copy of the database. */
export interface Backup {
  readonly name: string
  readonly path: string
  readonly bytes: number
  readonly at: string
}

/** The folder with the backups of the database at `path`. */
export const backupFolder = (path: string): string => join(dirname(path), 'backups')

/** Backups of the database at `path`, newest first: manual and daily ones, and those made before a schema migration. */
export function backupsOf(path: string): Backup[] {
  const made = filesIn(backupFolder(path)).filter((file) => file.endsWith('.db'))
  const before = filesIn(dirname(path)).filter((file) => basename(file).startsWith(`${basename(path)}.backup-`))
  return [...made, ...before]
    .flatMap((file) => {
      const stats = statSync(file, { throwIfNoEntry: false })
      return stats === undefined || stats.size === 0
        ? []
        : [{ name: basename(file), path: file, bytes: stats.size, at: stats.mtime.toISOString() }]
    })
    .sort((a, b) => b.at.localeCompare(a.at))
}

export const newestBackup = (path: string): Backup | undefined => backupsOf(path).at(0)

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(folder, entry.name)] : []))
    : []
