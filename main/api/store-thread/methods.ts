import { homePaths } from '../../common/home.ts'
import type { Backup } from '../../store/backups.ts'
import { checkOf } from '../../store/integrity.ts'
import { makeBackup } from '../../store/make-backup.ts'
import { openStoreForReading } from '../../store/store.ts'
import { readModels } from './read-models.ts'

/** What is asked about the database as a file; it may be damaged. */
const databaseMethods = (path: string) => ({
  /** Looks at every page, index and reference; gives what is wrong. */
  check: (): string[] => checkOf(path),
  backUp: (kind: 'by-hand' | 'daily'): Backup => makeBackup(path, kind),
})

/**
 * What is asked of the store in a thread of its own, since it takes longer than a window may wait: each is answered on a connection that only reads.
 * Arguments and answers cross to the thread and back as copies.
 */
export type StoreMethods = ReturnType<typeof databaseMethods> & ReturnType<typeof readModels>

type AnyMethod = (...params: readonly unknown[]) => unknown

/** Finds a method by its name; the store is opened for the first that reads it. */
export function storeMethods(home: string): (name: string) => AnyMethod {
  const { database } = homePaths(home)
  const ofDatabase = databaseMethods(database) as unknown as Readonly<Record<string, AnyMethod | undefined>>
  let ofStore: Readonly<Record<string, AnyMethod>> | undefined
  return (name) => {
    const found = ofDatabase[name]
    if (found !== undefined) return found
    ofStore ??= readModels(home, openStoreForReading(database)) as unknown as Readonly<Record<string, AnyMethod>>
    return ofStore[name]
  }
}
