import { createHash } from 'node:crypto'
import type { BulkDecision, BulkPreview, QueueFilter, ReviewBatch } from '../../shared/contract/review-contract.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { Store } from '../../store/store.ts'
import { hasStarted, listed, type VersionedEntry } from './review-queue.ts'

/** One decision for all pairs of a filtered queue. */
export interface Bulk {
  readonly runId: string
  readonly filter: QueueFilter
  readonly decision: BulkDecision
  readonly overwrite: boolean
}

/** Number of pairs in the preview. */
const shown = 5

/** Converts a decision relative to the current rewards into one relative to the stored pair. */
function onRow({ reversed }: VersionedEntry, decision: BulkDecision): BulkDecision {
  if (!reversed || (decision !== 'agree' && decision !== 'swap')) return decision
  return decision === 'agree' ? 'swap' : 'agree'
}

/** Whether the decision would change a pair. Clearing always replaces decisions. */
function changes(entry: VersionedEntry, decision: BulkDecision, overwrite: boolean): boolean {
  if (decision === 'undo') return entry.decision !== null
  return entry.decision === null || (overwrite && entry.decision !== onRow(entry, decision))
}

/** A hash of pairs and their decisions, to detect changes since the preview. */
function hashOf(entries: readonly VersionedEntry[], trained: number): string {
  const hash = createHash('sha256').update(`${trained}`)
  for (const { pairId, version, reversed, margin } of entries) hash.update(`\n${pairId} ${version} ${reversed} ${margin}`)
  return hash.digest('base64url').slice(0, 22)
}

/** Bulk decisions: previewed first, then applied and undone as one action. */
export function bulkReviews(store: Store, queue: (runId: string, filter: QueueFilter) => VersionedEntry[], reviewer: () => string) {
  function preview({ runId, filter, decision, overwrite }: Bulk): BulkPreview & { entries: VersionedEntry[] } {
    const pairs = queue(runId, filter).filter(({ pairId }) => pairId !== null)
    const entries = pairs.filter((entry) => changes(entry, decision, overwrite))
    const iterations = [...new Set(entries.map(({ iteration }) => iteration))]
    const inTraining = iterations.filter((iteration) => hasStarted(store, runId, iteration))
    const trained = entries.filter(({ iteration }) => inTraining.includes(iteration)).length
    return {
      hash: hashOf(entries, trained),
      count: entries.length,
      left: pairs.length - entries.length,
      overwrites: entries.filter((entry) => entry.decision !== null).length,
      trained,
      sample: entries.slice(0, shown).map((entry) => listed(store, entry)),
      entries,
    }
  }

  return {
    preview(bulk: Bulk): BulkPreview {
      const { entries: _, ...seen } = preview(bulk)
      return seen
    },

    /** Decides on the previewed pairs. Throws BUSY if they or their decisions have changed since. */
    apply(bulk: Bulk, hash: string): ReviewBatch {
      return store.transaction(() => {
        const now = preview(bulk)
        if (now.hash !== hash) {
          throw new LaurelError('BUSY', 'These pairs have changed since the preview.', 'Check the preview again, then apply it.')
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
