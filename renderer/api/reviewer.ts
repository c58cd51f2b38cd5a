import { create } from 'zustand'
import { persist } from 'zustand/middleware'

interface Reviewer {
  /** Stored with what its user decides in Review; empty: the name in System's settings. */
  readonly name: string
}

/** The name of this browser's user. Several users of one server each have their own. */
export const useReviewer = create<Reviewer>()(persist((): Reviewer => ({ name: '' }), { name: 'laurel-reviewer', version: 1 }))

/** Names the user in calls to main. */
export function reviewerHeaders(): Record<string, string> {
  const { name } = useReviewer.getState()
  return name === '' ? {} : { 'x-laurel-reviewer': encodeURIComponent(name) }
}
