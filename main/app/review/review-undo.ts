import { type Direction, nextAct, stepAct, subjectsOf, undoOne } from '../../loop/preferences/review-effects.ts'
import type { ReviewAct, UndoStep } from '../../shared/contract/review-contract.ts'
import { LaurelError } from '../../shared/errors.ts'
import { isSameDecision } from '../../shared/review-reasons.ts'
import type { Store } from '../../store/store.ts'
import type { ActRow } from '../../store/tables/review-acts-table.ts'

/** A row written in review. */
export interface ReviewedRow {
  readonly kind: 'decision' | 'rescore' | 'note'
  readonly id: number
  readonly promptId: number
  /** The pair's place among the prompt's, to return to (default 0). */
  readonly place?: number
}

/** Undo and redo of a user's review actions in a run, most recent first: decisions, batches, edits, scores, and notes. */
export function reviewUndo(store: Store, reviewer: () => string) {
  function step(act: ActRow, direction: Direction): UndoStep {
    const told = toldAct(store, act)
    const subjects = stepAct(store, act, direction, reviewer())
    return { act: { ...told, subjects }, kept: subjectsOf(store, act) - subjects }
  }

  const last = (runId: string, direction: Direction): UndoStep =>
    store.transaction(() => {
      const act = nextAct(store, runId, reviewer(), direction)
      if (act === undefined) throw new LaurelError('NOT_FOUND', `There is nothing to ${direction}.`, 'Continue reviewing.')
      return step(act, direction)
    })

  function next(runId: string, direction: Direction): ReviewAct | null {
    const act = nextAct(store, runId, reviewer(), direction)
    return act === undefined ? null : toldAct(store, act)
  }

  return {
    /** What undo and redo would do now. */
    next: (runId: string): { undo: ReviewAct | null; redo: ReviewAct | null } => ({ undo: next(runId, 'undo'), redo: next(runId, 'redo') }),
    undo: (runId: string): UndoStep => last(runId, 'undo'),
    redo: (runId: string): UndoStep => last(runId, 'redo'),

    /** Undoes the action that wrote a row, independent of other items' changes. Throws BUSY if the row no longer counts. */
    row(row: ReviewedRow): void {
      store.transaction(() => {
        const newest = newestRow(store, row)
        const act = newest?.actId == null ? undefined : store.reviewActs.find(newest.actId)
        if (act === undefined) throw changed()
        if (act.kind === 'batch') undoOne(store, act, row.promptId, row.id, reviewer())
        else if (act.undoes !== null) step(store.reviewActs.find(act.undoes)!, 'redo')
        else step(doneBy(store, act), 'undo')
      })
    },

    /** Undoes the action that created a batch. Pairs reviewed again since keep their newer decision. */
    batch: (batchId: number): { undone: number; kept: number } =>
      store.transaction(() => {
        const batch = store.reviewBatches.find(batchId)
        const act = store.reviewActs.ofBatch(batchId)
        if (batch === undefined) throw new LaurelError('NOT_FOUND', `There is no batch ${batchId}.`, 'Reload the page.')
        if (batch.undoneBy !== null || act === undefined) return { undone: 0, kept: 0 }
        const { act: told, kept } = step(doneBy(store, act), 'undo')
        return { undone: told.subjects, kept }
      }),
  }
}

/** The original of an action: the one that it redid, or itself. */
const doneBy = (store: Store, act: ActRow): ActRow => (act.redoes === null ? act : store.reviewActs.find(act.redoes)!)

const changed = (): LaurelError =>
  new LaurelError('BUSY', "This item has changed since, so this action can't be undone by itself.", 'Review the item again.')

/** The row, if it is the one that counts. */
function newestRow(store: Store, { kind, id, promptId }: ReviewedRow): { id: number; actId: number | null } | undefined {
  if (kind === 'decision') {
    const row = store.reviews.find(id)
    return row !== undefined && store.reviews.history(row.pairId).at(-1)?.id === id ? row : undefined
  }
  if (kind === 'note') return store.reviewNotes.ofPrompt(promptId).filter((row, i, all) => row.id === id && i === all.length - 1)[0]
  const rows = store.rescores.ofPrompt(promptId)
  const row = rows.find((other) => other.id === id)
  return row !== undefined && rows.findLast(({ candidateId }) => candidateId === row.candidateId) === row ? row : undefined
}

/** An action as shown in the UI. */
function toldAct(store: Store, act: ActRow): ReviewAct {
  const { id, kind, runId, promptId } = act
  const review = kind === 'decision' || kind === 'batch' ? store.reviews.ofAct(id) : undefined
  const batch = act.batchId === null ? undefined : store.reviewBatches.find(act.batchId)
  const position = promptId === null ? null : (store.prompts.find(promptId)?.position ?? null)
  const standing = promptId === null || review === undefined ? [] : store.reviewQueue.ofPrompt(runId, promptId)
  const place = standing.find(({ pairId }) => pairId === review?.pairId)?.place ?? 0
  const before =
    kind === 'decision' && review !== undefined ? store.reviews.history(review.pairId).findLast((row) => row.id < review.id) : undefined
  return {
    ...{ id, kind, promptId, place, position, decision: batch?.decision ?? review?.decision ?? null },
    explains: review !== undefined && isSameDecision(before, review),
    subjects: subjectsOf(store, act),
  }
}
