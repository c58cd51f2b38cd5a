import { describe, expect, it } from 'vitest'
import { versionedQueue } from '../../main/app/review/review-queue.ts'
import { generators } from '../../main/common/random.ts'
import { queueFilter, queueSort } from '../../main/shared/contract/review-contract.ts'
import type { QueueRow } from '../../main/store/queries/review-queue-queries.ts'

const { uniform } = generators.murmur

/** Pairs in prompt order, with rewards from a few values, so that many are equally doubtful. */
const rows = Array.from(
  { length: 300 },
  (_, position): QueueRow => ({
    ...{ promptId: 1000 + position, iteration: 1, position, place: 0, pairId: position, madeBy: 'judge', reversed: 0 },
    ...{ chosenReward: 3 + Math.floor(3 * uniform(1, position)), rejectedReward: Math.floor(3 * uniform(2, position)) },
    ...{ variance: Math.floor(2 * uniform(3, position)), decision: null, version: null, rescored: 0, judged: 1, noted: 0 },
    decidedAt: position % 10 === 0 ? `2026-01-01T00:00:${String(position % 60).padStart(2, '0')}Z` : null,
  }),
)

describe('a queue of more pairs than are listed', () => {
  it.each(queueSort.options)('is the beginning of all of them, in the order “%s”', (sort) => {
    const filter = queueFilter.parse({ sort })
    const all = versionedQueue(() => rows, filter, 0.5)
    expect(all).toHaveLength(rows.length)
    for (const most of [5, 20, 100]) expect(versionedQueue(() => rows, filter, 0.5, most)).toEqual(all.slice(0, most))
  })
})
