import type { Application } from '../application.ts'
import { api, streamed } from '../implementation.ts'

export const reviewRouter = ({ reviews }: Application) =>
  api.review.router({
    runs: api.review.runs.handler(() => reviews.runs()),
    overview: api.review.overview.handler(({ input }) => reviews.overview(input.runId)),
    queue: api.review.queue.handler(({ input }) => reviews.queue(input.runId, input.filter)),
    item: api.review.item.handler(({ input }) => reviews.item(input.promptId)),
    decide: api.review.decide.handler(({ input }) => reviews.decide(input)),
    rescore: api.review.rescore.handler(({ input }) => reviews.rescore(input.candidateId, input.reward)),
    scores: api.review.scores.handler(({ input }) => reviews.scores(input.promptId, input.rewards)),
    note: api.review.note.handler(({ input }) => reviews.note(input.promptId, input.text)),
    acts: api.review.acts.handler(({ input }) => reviews.acts(input.runId)),
    undoLast: api.review.undoLast.handler(({ input }) => reviews.undoLast(input.runId)),
    redoLast: api.review.redoLast.handler(({ input }) => reviews.redoLast(input.runId)),
    undo: api.review.undo.handler(({ input }) => reviews.undo(input)),
    bulk: {
      preview: api.review.bulk.preview.handler(({ input }) => reviews.bulk.preview(input)),
      apply: api.review.bulk.apply.handler(({ input: { hash, ...bulk } }) => reviews.bulk.apply(bulk, hash)),
      undo: api.review.bulk.undo.handler(({ input }) => reviews.undoBatch(input.batchId)),
    },
    changes: api.review.changes.handler(({ input, signal }) => streamed(reviews.changes(input.runId, signal))),
  })
