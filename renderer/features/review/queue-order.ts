import type { QueueEntry, QueueStatus } from '../../../main/shared/contract/review-contract.ts'

/** Navigation in the queue, whose order is fixed when it is fetched. */

const isReviewed = ({ decision, rescored }: QueueEntry): boolean => decision !== null || rescored

/** Filters for which "next" means the very next pair, reviewed or not. */
const walked: readonly QueueStatus[] = ['reviewed', 'overridden', 'noted', 'without-pair']

/** Index of the next unreviewed pair after `index`, wrapping around. Null: all are reviewed. */
export function nextUnreviewed(entries: readonly QueueEntry[], index: number, status: QueueStatus): number | null {
  if (walked.includes(status)) return index + 1 < entries.length ? index + 1 : null
  for (let step = 1; step < entries.length; step++) {
    const at = (index + step) % entries.length
    if (!isReviewed(entries[at])) return at
  }
  return null
}

/** Index of the first unreviewed pair, where a queue opens. Null: none. */
export const firstUnreviewed = (entries: readonly QueueEntry[]): number | null => {
  const at = entries.findIndex((entry) => !isReviewed(entry))
  return at < 0 ? null : at
}

/** Replaces one entry; the order stays. */
export const withEntry = (entries: readonly QueueEntry[], changed: QueueEntry): QueueEntry[] =>
  entries.map((entry) => (entry.promptId === changed.promptId ? changed : entry))
