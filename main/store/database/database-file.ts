import { statSync } from 'node:fs'

/**
 * Watches the file of an open database. If it is deleted or replaced, an open connection keeps writing to the unlinked file, and everything
 * written is lost when it closes, so long-running work has to check.
 */
export function databaseFile(path: string) {
  const database = identity(path)
  let journal: string | undefined // created by the first read or write

  return {
    path,
    /** Whether the file, and its journal if there is one, are still the ones that were opened. */
    isInPlace(): boolean {
      if (database === undefined) return true // an in-memory database
      try {
        const now = identity(`${path}-wal`)
        journal ??= now
        return identity(path) === database && now === journal
      } catch {
        return true // unknown file identity: assume it is in place
      }
    },
  }
}

/** Distinguishes a file from another one of the same name; undefined if it doesn't exist. */
function identity(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats && `${stats.dev}:${stats.ino}`
}
