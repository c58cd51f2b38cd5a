import type { QueueEntry, QueueStatus } from '../../../main/api/contract/review.ts'

/** Finding one's way in a queue, whose order stays as it was when it was asked for. */

export const isReviewed = ({ decision, rescored }: QueueEntry): boolean => decision !== null || rescored

/** Filters in which what is unreviewed is no question: going on means going to the next one. */
const walked: readonly QueueStatus[] = ['reviewed', 'overridden', 'noted', 'without-pair']

/** Where to go on after the pair at `index`: to the next one that nobody reviewed, round the end if need be. Null: all are reviewed. */
export function nextUnreviewed(entries: readonly QueueEntry[], index: number, status: QueueStatus): number | null {
  if (walked.includes(status)) return index + 1 < entries.length ? index + 1 : null
  for (let step = 1; step < entries.length; step++) {
    const at = (index + step) % entries.length
    if (!isReviewed(entries[at])) return at
  }
  return null
}

/** Where a queue is opened: at its first unreviewed pair. Null: there is none. */
export const firstUnreviewed = (entries: readonly QueueEntry[]): number | null => {
  const at = entries.findIndex((entry) => !isReviewed(entry))
  return at < 0 ? null : at
}

/** The entries with one of them as it is now, all in their places. */
export const withEntry = (entries: readonly QueueEntry[], changed: QueueEntry): QueueEntry[] =>
  entries.map((entry) => (entry.promptId === changed.promptId ? changed : entry))
