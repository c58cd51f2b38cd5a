import type { QueueEntry, QueueStatus, ReviewItem } from '../../../main/shared/contract/review-contract.ts'

/** Navigation in the queue, whose order is fixed when it is fetched. */

/** What identifies a pair in the queue: its prompt, and its place among the prompt's pairs. */
export interface Spot {
  readonly promptId: number
  readonly place: number
}

/** A spot as text: "12", or "12.1" for the second pair of a prompt. */
export const keyOf = ({ promptId, place }: Spot): string => (place === 0 ? String(promptId) : `${promptId}.${place}`)

/** The spot of a text; null if it isn't one. */
export function spotOf(key: string): Spot | null {
  const found = /^(\d+)(?:\.(\d+))?$/.exec(key)
  return found === null ? null : { promptId: Number(found[1]), place: Number(found[2] ?? 0) }
}

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

/** An item as the window knows it, and since when, milliseconds. */
export interface KnownItem {
  readonly item: Pick<ReviewItem, 'promptId' | 'entry' | 'siblings'>
  readonly at: number
}

/** A queue asked for at `since`, with what was learned of its pairs while it was on its way, such as votes: it may be older. */
export const withLater = (entries: QueueEntry[], known: readonly KnownItem[], since: number): QueueEntry[] =>
  known
    .filter(({ at }) => at >= since)
    .toSorted((a, b) => a.at - b.at)
    .reduce((before, { item }) => withItem(before, item), entries)

/** Updates the entries of an item's prompt; the order stays. Where the scores no longer make a pair, an entry without one is left. */
export function withItem(
  entries: readonly QueueEntry[],
  { promptId, entry, siblings }: Pick<ReviewItem, 'promptId' | 'entry' | 'siblings'>,
): QueueEntry[] {
  const now = new Map([entry, ...siblings].map((each) => [each.place, each]))
  const nothing = { pairId: null, margin: null, doubt: null, decision: null, reversed: false }
  return entries.map((old) => (old.promptId === promptId ? (now.get(old.place) ?? { ...entry, ...nothing, place: old.place }) : old))
}
