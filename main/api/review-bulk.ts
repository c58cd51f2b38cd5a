import { LaurelError } from '../common/errors.ts'
import { takingBack } from '../loop/undo-review.ts'
import type { Store } from '../store/store.ts'
import type { BulkDecision, BulkPreview, QueueEntry, QueueFilter, ReviewBatch } from './contract/review.ts'
import { hasBegun } from './review-item.ts'

/** One decision on all pairs of a filtered queue. */
export interface Bulk {
  readonly runId: string
  readonly filter: QueueFilter
  readonly decision: BulkDecision
  readonly overwrite: boolean
}

/** How many are shown before it is done. */
const shown = 5

/** A decision relative to the rewards as they stand, as one relative to the pair's row. */
function onRow({ reversed }: QueueEntry, decision: BulkDecision): BulkDecision {
  if (!reversed || (decision !== 'agree' && decision !== 'swap')) return decision
  return decision === 'agree' ? 'swap' : 'agree'
}

/** Whether the decision would change what stands on a pair. To clear is to replace decisions, whatever else is wanted. */
function changes(entry: QueueEntry, decision: BulkDecision, overwrite: boolean): boolean {
  if (decision === 'undo') return entry.decision !== null
  return entry.decision === null || (overwrite && entry.decision !== onRow(entry, decision))
}

/** Decisions on many pairs at once: looked at first, made as one, taken back as one. */
export function bulkReviews(store: Store, queue: (runId: string, filter: QueueFilter) => QueueEntry[], reviewer: () => string) {
  function preview({ runId, filter, decision, overwrite }: Bulk): BulkPreview & { entries: QueueEntry[] } {
    const pairs = queue(runId, filter).filter(({ pairId }) => pairId !== null)
    const entries = pairs.filter((entry) => changes(entry, decision, overwrite))
    const iterations = [...new Set(entries.map(({ iteration }) => iteration))]
    const begun = iterations.filter((iteration) => hasBegun(store, runId, iteration))
    return {
      count: entries.length,
      left: pairs.length - entries.length,
      overwrites: entries.filter((entry) => entry.decision !== null).length,
      trained: entries.filter(({ iteration }) => begun.includes(iteration)).length,
      sample: entries.slice(0, shown),
      entries,
    }
  }

  return {
    preview(bulk: Bulk): BulkPreview {
      const { entries: _, ...seen } = preview(bulk)
      return seen
    },

    /** Throws BUSY where the queue is not what was previewed any more. */
    apply(bulk: Bulk, count: number): ReviewBatch {
      return store.transaction(() => {
        const { entries } = preview(bulk)
        if (entries.length !== count) {
          throw new LaurelError(
            'BUSY',
            `The queue has changed: it would be ${entries.length} pairs now, not ${count}.`,
            'Look at the preview again.',
          )
        }
        const { runId, decision } = bulk
        const batchId = store.reviewBatches.add(runId, decision)
        for (const entry of entries) {
          store.reviews.add({ pairId: entry.pairId!, decision: onRow(entry, decision), batchId, reviewer: reviewer() })
        }
        const { id, pairs, at } = store.reviewBatches.find(batchId)!
        return { id, decision, pairs, undone: false, at }
      })
    },

    /** Takes a batch back. Pairs that were decided about again since keep that. */
    undo(batchId: number): { undone: number; kept: number } {
      return store.transaction(() => {
        const batch = store.reviewBatches.find(batchId)
        if (batch === undefined) throw new LaurelError('NOT_FOUND', `There is no batch ${batchId}.`, 'Load the page again.')
        if (batch.undoneBy !== null) return { undone: 0, kept: 0 }
        const pairIds = new Set(store.reviews.ofBatch(batchId).map(({ pairId }) => pairId))
        store.reviewBatches.add(batch.runId, batch.decision, batchId)
        let undone = 0
        for (const pairId of pairIds) {
          const history = store.reviews.history(pairId)
          if (history.at(-1)?.batchId !== batchId) continue
          store.reviews.add(
            takingBack(
              history,
              history.findIndex((review) => review.batchId === batchId),
            ),
          )
          undone++
        }
        return { undone, kept: pairIds.size - undone }
      })
    },
  }
}
