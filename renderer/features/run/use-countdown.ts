import { useEffect, useState } from 'react'

/**
 * Seconds left that go on falling between two reports of a run: an optimiser step may take minutes, and a figure that stands still looks like a
 * run that hangs. Each new report sets it right. Null: not known.
 */
export function useCountdown(reported: number | null | undefined): number | null {
  const [at, setAt] = useState(() => ({ reported, since: performance.now(), now: performance.now() }))
  const current = at.reported === reported ? at : { reported, since: performance.now(), now: performance.now() }
  if (current !== at) setAt(current)
  useEffect(() => {
    if (reported == null) return
    const timer = setInterval(() => setAt((before) => ({ ...before, now: performance.now() })), 1000)
    return () => clearInterval(timer)
  }, [reported])
  return secondsAfter(current.reported, (current.now - current.since) / 1000)
}

/** What is left of a reported time after so many seconds: never less than nothing. */
export const secondsAfter = (reported: number | null | undefined, passed: number): number | null =>
  reported == null ? null : Math.max(0, reported - passed)
