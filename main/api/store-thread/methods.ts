import { homePaths } from '../../common/home.ts'
import type { Backup } from '../../store/backups.ts'
import { checkOf } from '../../store/integrity.ts'
import { makeBackup } from '../../store/make-backup.ts'
import { openStore, openStoreForReading } from '../../store/store.ts'
import type { Bulk } from '../review-bulk.ts'
import { type ReviewsApi, reviewsApi } from '../reviews.ts'
import { readModels } from './read-models.ts'

/** What is asked about the database as a file; it may be damaged. */
const databaseMethods = (path: string) => ({
  /** Looks at every page, index and reference; gives what is wrong. */
  check: (): string[] => checkOf(path),
  backUp: (kind: 'by-hand' | 'daily'): Backup => makeBackup(path, kind),
})

/** What may write tens of thousands of rows in one transaction: each on a connection of its own, open only for it. */
function bulkWrites(path: string) {
  function write<Result>(reviewer: string, act: (reviews: ReviewsApi) => Result): Result {
    const store = openStore(path)
    try {
      return act(reviewsApi(store, () => reviewer))
    } finally {
      store.close()
    }
  }
  return {
    applyBulk: (bulk: Bulk, hash: string, reviewer: string) => write(reviewer, (reviews) => reviews.bulk.apply(bulk, hash)),
    undoBulk: (batchId: number, reviewer: string) => write(reviewer, (reviews) => reviews.undoBatch(batchId)),
    undoReview: (runId: string, reviewer: string) => write(reviewer, (reviews) => reviews.undoLast(runId)),
    redoReview: (runId: string, reviewer: string) => write(reviewer, (reviews) => reviews.redoLast(runId)),
  }
}

/**
 * What is asked of the store in a thread of its own, since it takes longer than a window may wait: each is answered on a connection that only reads, but for `bulkWrites`.
 * Arguments and answers cross to the thread and back as copies.
 */
export type StoreMethods = ReturnType<typeof databaseMethods> & ReturnType<typeof bulkWrites> & ReturnType<typeof readModels>

type AnyMethod = (...params: readonly unknown[]) => unknown

/** Finds a method by its name; the store is opened for the first that reads it. */
export function storeMethods(home: string): (name: string) => AnyMethod {
  const { database } = homePaths(home)
  const ofDatabase = { ...databaseMethods(database), ...bulkWrites(database) } as unknown as Readonly<Record<string, AnyMethod | undefined>>
  let ofStore: Readonly<Record<string, AnyMethod>> | undefined
  return (name) => {
    const found = ofDatabase[name]
    if (found !== undefined) return found
    ofStore ??= readModels(home, openStoreForReading(database)) as unknown as Readonly<Record<string, AnyMethod>>
    return ofStore[name]
  }
}
