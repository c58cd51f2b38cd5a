import { homePaths } from '../../common/home.ts'
import type { Backup } from '../../store/backups.ts'
import { checkOf } from '../../store/integrity.ts'
import { makeBackup } from '../../store/make-backup.ts'

/**
 * What is asked of the store in a thread of its own, since it takes longer than a window may wait: each is answered on a connection that only reads.
 * Arguments and answers cross to the thread and back as copies.
 */
export function storeMethods(home: string) {
  const { database } = homePaths(home)
  return {
    /** Looks at every page, index and reference; gives what is wrong. */
    check: (): string[] => checkOf(database),
    backUp: (kind: 'by-hand' | 'daily'): Backup => makeBackup(database, kind),
  }
}
export type StoreMethods = ReturnType<typeof storeMethods>
