import type { Store } from '../../store/store.ts'
import { reviewCounts } from '../review/review-queue.ts'

/** Number of reviewed pairs in an iteration, and of those that train differently from the judge's choice. */
export interface Reviewed {
  readonly reviewed: number
  readonly changed: number
}

const none: Reviewed = { reviewed: 0, changed: 0 }

/** Review counts by iteration. Recounted only after a new review, since a page that shows a run polls every second. */
export function reviewedOf(store: Store) {
  const known = new Map<string, { readonly mark: string; readonly byIteration: ReadonlyMap<number, Reviewed> }>()
  return (runId: string, iteration: number): Reviewed => {
    const mark = JSON.stringify(store.reviewQueue.marks())
    const found = known.get(runId)
    if (found?.mark === mark) return found.byIteration.get(iteration) ?? none
    const rows = Map.groupBy(store.reviewQueue.ofRun(runId), (row) => row.iteration)
    const byIteration = new Map(
      [...rows].map(([at, ofIteration]) => {
        const { reviewed, overridden } = reviewCounts(ofIteration)
        return [at, { reviewed, changed: overridden }]
      }),
    )
    known.set(runId, { mark, byIteration })
    return byIteration.get(iteration) ?? none
  }
}
export type ReviewedOf = ReturnType<typeof reviewedOf>
