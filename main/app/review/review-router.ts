import { setImmediate as nextTurn } from 'node:timers/promises'
import type { QueueEntry, QueueFilter } from '../../shared/contract/review-contract.ts'
import type { Application } from '../application.ts'
import { api, streamed } from '../implementation.ts'
import { queuePiece } from '../store-thread/read-models.ts'
import type { StoreThread } from '../store-thread/store-thread.ts'
import { reviewGuidelines } from './guidelines.ts'

/** Bulk decisions are written on the `reads` thread: on the main thread they would block every page. */
export const reviewRouter = ({ home, reviews, reads, reviewer }: Application) => {
  const guidelines = reviewGuidelines(home)
  return api.review.router({
    runs: api.review.runs.handler(() => reads.reviewRuns()),
    overview: api.review.overview.handler(({ input }) => reads.reviewOverview(input.runId)),
    queue: api.review.queue.handler(({ input }) => streamed(queuePieces(reads, input))),
    item: api.review.item.handler(({ input }) => reviews.item(input.promptId, input.place)),
    decide: api.review.decide.handler(({ input }) => reviews.decide(input)),
    explain: api.review.explain.handler(({ input }) => reviews.explain(input)),
    rescore: api.review.rescore.handler(({ input }) => reviews.rescore(input.candidateId, input.reward)),
    scores: api.review.scores.handler(({ input }) => reviews.scores(input.promptId, input.rewards, input.place)),
    note: api.review.note.handler(({ input }) => reviews.note(input.promptId, input.text, input.place)),
    acts: api.review.acts.handler(({ input }) => reviews.acts(input.runId)),
    undoLast: api.review.undoLast.handler(({ input }) => reads.undoReview(input.runId, reviewer())),
    redoLast: api.review.redoLast.handler(({ input }) => reads.redoReview(input.runId, reviewer())),
    undo: api.review.undo.handler(({ input }) => reviews.undo(input)),
    bulk: {
      preview: api.review.bulk.preview.handler(({ input }) => reads.bulkPreview(input)),
      apply: api.review.bulk.apply.handler(({ input: { hash, ...bulk } }) => reads.applyBulk(bulk, hash, reviewer())),
      undo: api.review.bulk.undo.handler(({ input }) => reads.undoBulk(input.batchId, reviewer())),
    },
    guidelines: api.review.guidelines.handler(() => ({ text: guidelines.read() })),
    setGuidelines: api.review.setGuidelines.handler(({ input }) => guidelines.write(input.text)),
    changes: api.review.changes.handler(({ input, signal }) => streamed(reviews.changes(input.runId, signal))),
  })
}

/** Streams a queue in pieces: twenty thousand entries in one message would block every page. */
async function* queuePieces(reads: StoreThread, { runId, filter }: { runId: string; filter: QueueFilter }): AsyncGenerator<QueueEntry[]> {
  for (let offset = 0; ; ) {
    const piece = await reads.queuePiece(runId, filter, offset)
    if (piece.length > 0) yield piece
    offset += piece.length
    await nextTurn() // otherwise fast answers of the thread would all be handled in one turn
    if (piece.length < queuePiece) return
  }
}
