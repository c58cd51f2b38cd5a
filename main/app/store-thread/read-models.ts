import type { ResultChoice } from '../../shared/contract/evaluations-contract.ts'
import type { ExportChoice } from '../../shared/contract/export-contract.ts'
import type { SearchRequest } from '../../shared/contract/prompts-contract.ts'
import type { QueueEntry, QueueFilter } from '../../shared/contract/review-contract.ts'
import type { Store } from '../../store/store.ts'
import { readCharts } from '../charts/read-charts.ts'
import { readRows } from '../charts/row-tables.ts'
import { filesOfRuns } from '../datasets/run-files.ts'
import { evaluationAnswers } from '../evaluations/evaluation-answers.ts'
import { evaluationResults } from '../evaluations/evaluations.ts'
import { modelStandings } from '../evaluations/model-standings.ts'
import { runExports } from '../export/exports.ts'
import { openTexts } from '../export/open-texts.ts'
import { listLibrary } from '../models/model-library.ts'
import { modelUses } from '../models/model-uses.ts'
import { promptPageOf } from '../prompts/prompt-page.ts'
import { searchTexts } from '../prompts/search-texts.ts'
import type { Bulk } from '../review/review-bulk.ts'
import type { VersionedEntry } from '../review/review-queue.ts'
import { reviewsApi } from '../review/reviews.ts'
import { detailsOf, listingsOf } from '../runs/show-run.ts'
import { deletables } from '../system/clean-up.ts'
import { storageOf } from '../system/storage.ts'

/** Queue entries per message to the main thread: a few milliseconds there. */
export const queuePiece = 500

/** Read models for the UI. They depend only on the store's rows, so a thread can compute them. */
export function readModels(home: string, store: Store) {
  const reviews = reviewsApi(store)
  const exports = runExports(store, home)
  const texts = openTexts()
  let queue: { readonly key: string; readonly entries: readonly VersionedEntry[] } | undefined
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
    promptPage: (at: string) => promptPageOf(store, at),
    searchTexts: (request: SearchRequest) => searchTexts(store, request),
    reviewRuns: () => reviews.runs(),
    reviewOverview: (runId: string) => reviews.overview(runId),
    bulkPreview: (bulk: Bulk) => reviews.bulk.preview(bulk),

    /**
     * A piece of a queue, starting at `offset`. Offset 0 reads the queue; the following pieces are of the same snapshot. Empty: end of the
     * queue.
     */
    queuePiece(runId: string, filter: QueueFilter, offset: number): QueueEntry[] {
      const key = JSON.stringify([runId, filter])
      if (offset === 0 || queue?.key !== key) queue = { key, entries: reviews.order(runId, filter) }
      const piece = queue.entries.slice(offset, offset + queuePiece)
      if (piece.length < queuePiece) queue = undefined
      return reviews.shown(piece)
    },

    evaluationSources: () => store.examples.countsOfRuns(),
    modelStandings: () => modelStandings(store),
    evaluationResults: (choice: ResultChoice) => evaluationResults(store, choice),
    evaluationAnswers: (id: number, offset: number, limit: number) => evaluationAnswers(store, id, offset, limit),
    modelLibrary: () => listLibrary(home, store),
    exportable: (runId: string) => exports.exportable(runId),
    exportSummary: (choice: ExportChoice) => exports.summary(choice),
    exportTo: (choice: ExportChoice, path: string) => exports.write(choice, path),
    /** Opens the text of an export; its pieces are read one by one. */
    beginText: (choice: ExportChoice): number => texts.open(exports.text(choice)),
    /** The next piece; null: end of text. */
    nextText: (id: number): string | null => texts.next(id),
    deletables: () => deletables(home, store),
    storage: () => storageOf(home, store),
    runFiles: () => filesOfRuns(store),
  }
}
