import { doubtOf } from '../../evaluation/doubt.ts'
import type { QueueEntry, QueueFilter, QueueSort, QueueStatus } from '../../shared/contract/review-contract.ts'
import type { QueueRow } from '../../store/queries/review-queue-queries.ts'

/** Whether a pair trains differently from the judge's choice. */
function isOverridden({ pairId, madeBy, reversed, decision, rescored, judged }: QueueRow): boolean {
  if (pairId === null) return rescored === 1 && judged === 1
  if (decision !== null && decision !== 'agree') return true
  return madeBy === 'person' || (reversed === 1 && decision === null)
}

const isReviewed = ({ decision, rescored }: QueueRow): boolean => decision !== null || rescored === 1

/** Number of pairs, of those that users have reviewed, and of rows that train differently from the judge's choice. */
export function reviewCounts(rows: readonly QueueRow[]): {
  readonly pairs: number
  readonly reviewed: number
  readonly overridden: number
} {
  const pairs = rows.filter(({ pairId }) => pairId !== null)
  return { pairs: pairs.length, reviewed: pairs.filter(isReviewed).length, overridden: rows.filter(isOverridden).length }
}

const marginOf = ({ chosenReward, rejectedReward }: QueueRow): number | null =>
  chosenReward === null || rejectedReward === null ? null : Math.abs(chosenReward - rejectedReward)

/** Converts a row to a queue entry. */
export function entryOf(row: QueueRow): QueueEntry {
  const { promptId, iteration, position, preview, pairId, decision } = row
  const margin = marginOf(row)
  const doubt = margin === null ? null : doubtOf(margin, row.variance)
  return {
    promptId,
    iteration,
    position,
    preview,
    pairId,
    margin,
    doubt,
    decision,
    overridden: isOverridden(row),
    reversed: row.reversed === 1,
    rescored: row.rescored === 1,
    noted: row.noted === 1,
  }
}

const statuses: Readonly<Record<QueueStatus, (row: QueueRow) => boolean>> = {
  all: ({ pairId }) => pairId !== null,
  unreviewed: (row) => row.pairId !== null && !isReviewed(row),
  reviewed: isReviewed,
  overridden: isOverridden,
  noted: ({ noted }) => noted === 1,
  'without-pair': ({ pairId }) => pairId === null,
}

const inRange = (value: number | null, min: number | null, max: number | null): boolean =>
  value !== null && (min === null || value >= min) && (max === null || value <= max)

function passes(row: QueueRow, { iteration, status, minScore, maxScore, minMargin, maxMargin }: QueueFilter): boolean {
  if (iteration !== null && row.iteration !== iteration) return false
  if (!statuses[status](row)) return false
  if (minScore !== null || maxScore !== null) {
    if (!inRange(row.chosenReward, minScore, maxScore) && !inRange(row.rejectedReward, minScore, maxScore)) return false
  }
  if (minMargin !== null || maxMargin !== null) return inRange(marginOf(row), minMargin, maxMargin)
  return true
}

const byPosition = (a: QueueEntry, b: QueueEntry): number => a.iteration - b.iteration || a.position - b.position

/** Entries without the value go last. */
const orders: Readonly<Record<QueueSort, (a: VersionedEntry, b: VersionedEntry) => number>> = {
  doubt: (a, b) => (b.doubt ?? -1) - (a.doubt ?? -1) || byPosition(a, b),
  margin: (a, b) => (a.margin ?? 9) - (b.margin ?? 9) || byPosition(a, b),
  position: byPosition,
  newest: (a, b) => (b.decidedAt ?? '').localeCompare(a.decidedAt ?? '') || byPosition(a, b),
}

/** An entry with the version of its pair's review, to detect changes. */
export interface VersionedEntry extends QueueEntry {
  readonly decidedAt: string | null
  readonly version: number | null // id of the pair's newest review
}

/** Filters rows (the store has already applied the text search) and sorts them. Ties stay in prompt order. */
export function versionedQueue(rows: readonly QueueRow[], filter: QueueFilter): VersionedEntry[] {
  const kept = rows.filter((row) => passes(row, filter))
  return kept.map((row) => Object.assign(entryOf(row), { decidedAt: row.decidedAt, version: row.version })).sort(orders[filter.sort])
}

/** The same as queue entries. */
export const filteredQueue = (rows: readonly QueueRow[], filter: QueueFilter): QueueEntry[] =>
  versionedQueue(rows, filter).map(({ decidedAt: _, version: __, ...entry }) => entry)
