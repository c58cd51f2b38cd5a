import { useEffect, useState } from 'react'

/**
 * Seconds left, counted down between a run's reports: an optimizer step can take minutes, and a static figure looks like a hung run. Each report
 * corrects it. Null: unknown.
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

/** Seconds left of a reported time after `passed` seconds, at least 0. */
export const secondsAfter = (reported: number | null | undefined, passed: number): number | null =>
  reported == null ? null : Math.max(0, reported - passed)
