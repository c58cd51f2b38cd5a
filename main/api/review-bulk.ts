import { createHash } from 'node:crypto'
import { LaurelError } from '../common/errors.ts'
import type { Store } from '../store/store.ts'
import type { BulkDecision, BulkPreview, QueueEntry, QueueFilter, ReviewBatch } from './contract/review.ts'
import { hasBegun } from './review-item.ts'
import type { VersionedEntry } from './review-queue.ts'

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

/** Names pairs and what stands on them: another name tells that one of them, or something about one, has changed. */
function hashOf(entries: readonly VersionedEntry[], trained: number): string {
  const hash = createHash('sha256').update(`${trained}`)
  for (const { pairId, version, reversed, margin } of entries) hash.update(`\n${pairId} ${version} ${reversed} ${margin}`)
  return hash.digest('base64url').slice(0, 22)
}

/** Decisions on many pairs in one step: previewed first, made as one act, undone as one. */
export function bulkReviews(store: Store, queue: (runId: string, filter: QueueFilter) => VersionedEntry[], reviewer: () => string) {
  function preview({ runId, filter, decision, overwrite }: Bulk): BulkPreview & { entries: VersionedEntry[] } {
    const pairs = queue(runId, filter).filter(({ pairId }) => pairId !== null)
    const entries = pairs.filter((entry) => changes(entry, decision, overwrite))
    const iterations = [...new Set(entries.map(({ iteration }) => iteration))]
    const begun = iterations.filter((iteration) => hasBegun(store, runId, iteration))
    const trained = entries.filter(({ iteration }) => begun.includes(iteration)).length
    return {
      hash: hashOf(entries, trained),
      count: entries.length,
      left: pairs.length - entries.length,
      overwrites: entries.filter((entry) => entry.decision !== null).length,
      trained,
      sample: entries.slice(0, shown),
      entries,
    }
  }

  return {
    preview(bulk: Bulk): BulkPreview {
      const { entries: _, ...seen } = preview(bulk)
      return seen
    },

    /** Decides about the pairs that were previewed. Throws BUSY where they, or what stands on them, are not as they were then. */
    apply(bulk: Bulk, hash: string): ReviewBatch {
      return store.transaction(() => {
        const now = preview(bulk)
        if (now.hash !== hash) {
          throw new LaurelError(
            'BUSY',
            'These pairs have changed since the preview: somebody decided about one, or other pairs match now.',
            'Look at the preview again, then apply it.',
          )
        }
        const { runId, decision } = bulk
        const batchId = store.reviewBatches.add(runId, decision)
        const actId = store.reviewActs.add({ runId, kind: 'batch', batchId, reviewer: reviewer() })
        const decided = now.entries.map((entry) => [entry.pairId!, onRow(entry, decision)] as const)
        store.reviews.addMany({ actId, batchId, reviewer: reviewer() }, decided)
        return { id: batchId, decision, pairs: decided.length, undone: false, at: store.reviewBatches.find(batchId)!.at }
      })
    },
  }
}
