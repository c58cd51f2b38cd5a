import { statSync } from 'node:fs'

/**
 * The file of an open database. Where it is deleted or replaced, an open connection goes on writing to a file that has no name any more, and
 * everything written is gone when it closes: what works for long has to look.
 */
export function databaseFile(path: string) {
  const database = identity(path)
  let journal: string | undefined // made with the first write or read

  return {
    path,
    /** Whether the file, and its journal once there is one, are still those that were opened. */
    isInPlace(): boolean {
      if (database === undefined) return true // in memory
      try {
        const now = identity(`${path}-wal`)
        journal ??= now
        return identity(path) === database && now === journal
      } catch {
        return true // the disk does not say
      }
    },
  }
}

/** What tells a file from another of the same name; undefined where there is none. */
function identity(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats && `${stats.dev}:${stats.ino}`
}
