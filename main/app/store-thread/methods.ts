import { homePaths } from '../../common/home.ts'
import type { Backup } from '../../store/database/backups.ts'
import { checkOf } from '../../store/database/integrity.ts'
import { makeBackup } from '../../store/database/make-backup.ts'
import { openStore, openStoreForReading } from '../../store/store.ts'
import type { Bulk } from '../review/review-bulk.ts'
import { type ReviewsApi, reviewsApi } from '../review/reviews.ts'
import { readModels } from './read-models.ts'

/** Operations on the database as a file, which may be damaged. */
const databaseMethods = (path: string) => ({
  /** Checks every page, index, and reference; returns the problems. */
  check: (): string[] => checkOf(path),
  backUp: (kind: 'by-hand' | 'daily'): Backup => makeBackup(path, kind),
})

/** Operations that may write tens of thousands of rows in one transaction, each on a connection of its own. */
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
 * Store operations that would block the UI and therefore run on a thread. All use a read-only connection, except `bulkWrites`. Arguments
 * and results are copied between threads.
 */
export type StoreMethods = ReturnType<typeof databaseMethods> & ReturnType<typeof bulkWrites> & ReturnType<typeof readModels>

type AnyMethod = (...params: readonly unknown[]) => unknown

/** Finds a method by name; opens the store for the first one that reads it. */
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
