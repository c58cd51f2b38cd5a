import type { Store } from '../../store/store.ts'
import { readCharts } from '../charts/read-charts.ts'
import { readRows } from '../charts/read-rows.ts'
import type { ExportChoice } from '../contract/export.ts'
import type { QueueEntry, QueueFilter } from '../contract/review.ts'
import { runExports } from '../export/exports.ts'
import { openTexts } from '../export/open-texts.ts'
import { filesOfRuns } from '../library/run-files.ts'
import { listingsOf } from '../list-runs.ts'
import { modelUses } from '../model-uses.ts'
import { listLibrary } from '../models/library.ts'
import type { Bulk } from '../review-bulk.ts'
import { reviewsApi } from '../reviews.ts'
import { detailsOf } from '../show-run.ts'
import { deletables } from '../system/clean-up.ts'
import { storageOf } from '../system/storage.ts'

/** How many entries of a queue cross to the main thread at a time: some milliseconds there. */
export const queuePiece = 500

/** What windows are shown of the store. Every answer follows from the rows alone, so that a thread can give it. */
export function readModels(home: string, store: Store) {
  const reviews = reviewsApi(store)
  const exports = runExports(store, home)
  const texts = openTexts()
  let queue: { readonly key: string; readonly entries: readonly QueueEntry[] } | undefined
  return {
    ...readCharts(store),
    ...readRows(store),
    runs: () => listingsOf(store),
    run: (id: string) => detailsOf(store, store.runs.resolve(id)),
    removal(id: string) {
      const run = store.runs.resolve(id)
      return {
        reviews: store.removal.reviewsLost(run.id),
        neededBy: modelUses(store, home, run.id)
          .ofRun(run.id)
          .map(({ by }) => by),
      }
    },
    reviewRuns: () => reviews.runs(),
    reviewOverview: (runId: string) => reviews.overview(runId),
    bulkPreview: (bulk: Bulk) => reviews.bulk.preview(bulk),

    /** A piece of a queue, from `offset` on; the first is read anew, the following ones belong to it. Empty: that was all. */
    queuePiece(runId: string, filter: QueueFilter, offset: number): QueueEntry[] {
      const key = JSON.stringify([runId, filter])
      if (offset === 0 || queue?.key !== key) queue = { key, entries: reviews.queue(runId, filter) }
      const piece = queue.entries.slice(offset, offset + queuePiece)
      if (piece.length < queuePiece) queue = undefined
      return piece
    },

    evaluationSources: () => store.examples.countsOfRuns(),
    evaluationsOfRuns: () => store.evaluations.ofAllRuns(),
    modelLibrary: () => listLibrary(home, store),
    exportable: (runId: string) => exports.exportable(runId),
    exportSummary: (choice: ExportChoice) => exports.summary(choice),
    exportTo: (choice: ExportChoice, path: string) => exports.write(choice, path),
    /** Begins the text of a file; its pieces are asked for one by one. */
    beginText: (choice: ExportChoice): number => texts.open(exports.text(choice)),
    /** The next piece; null: that was all. */
    nextText: (id: number): string | null => texts.next(id),
    deletables: () => deletables(home, store),
    storage: () => storageOf(home, store),
    runFiles: () => filesOfRuns(store),
  }
}
