import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { homePaths } from '../../common/home.ts'
import type { Store } from '../../store/store.ts'
import type { Backup } from '../contract/storage.ts'

/** Backups of the database, newest first: those made here, and those made before its schema was changed. */
export function backupsOf(home: string): Backup[] {
  const { backups, database } = homePaths(home)
  const made = filesIn(backups).filter((path) => path.endsWith('.db'))
  const before = filesIn(dirname(database)).filter((path) => basename(path).startsWith(`${basename(database)}.backup-`))
  return [...made, ...before]
    .map((path) => {
      const { size, mtime } = statSync(path)
      return { name: basename(path), path, bytes: size, at: mtime.toISOString() }
    })
    .sort((a, b) => b.at.localeCompare(a.at))
}

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(folder, entry.name)] : []))
    : []

/** Copies the database now. The copy has its name once it is complete. */
export async function backUp(home: string, store: Store): Promise<Backup> {
  const { backups } = homePaths(home)
  mkdirSync(backups, { recursive: true })
  const name = `laurel-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.db`
  const part = join(backups, `${name}.part`)
  try {
    await store.maintenance.backUp(part)
    renameSync(part, join(backups, name))
  } finally {
    rmSync(part, { force: true })
  }
  return backupsOf(home).find((backup) => backup.name === name)!
}
