/** Prompts whose scores this browser has shown, by run: a vote on one of them isn't blind, even after a reload. */
const keyOf = (runId: string): string => `laurel.review.seen.${runId}`

export function seenScores(runId: string): Set<number> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(runId)) ?? '[]')
    return new Set(Array.isArray(kept) ? kept.filter((id) => Number.isInteger(id)) : [])
  } catch {
    return new Set() // no local storage, or not written by Laurel
  }
}

export function keepSeen(runId: string, seen: ReadonlySet<number>): void {
  try {
    localStorage.setItem(keyOf(runId), JSON.stringify([...seen]))
  } catch {
    // no local storage: it lasts until the page closes
  }
}
