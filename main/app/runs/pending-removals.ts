import { toErrorValue } from '../../shared/errors.ts'
import type { Store } from '../../store/store.ts'
import { refuseUsed } from './remove-run.ts'

/** How long a removal can be undone, milliseconds. */
export const undoMs = 10_000

interface PendingOptions {
  readonly store: Store
  readonly home: string
  readonly remove: (id: string) => Promise<void>
  readonly log?: (source: string, text: string) => void
  readonly delayMs?: number
}

/**
 * Removals of runs that can still be undone: the run is hidden and can't start, but everything is there. They are carried out after a while,
 * or when the application closes; if its process is killed before, the run is there again.
 */
export function pendingRemovals({ store, home, remove, log = () => {}, delayMs = undoMs }: PendingOptions) {
  const pending = new Map<string, { readonly token: string; readonly timer: NodeJS.Timeout; isUnderway: boolean }>()
  let turn: Promise<void> = Promise.resolve() // one after the other: one may start from a model of another

  function carryOut(id: string): void {
    clearTimeout(pending.get(id)?.timer)
    turn = turn.then(async () => {
      const found = pending.get(id)
      if (found === undefined) return
      found.isUnderway = true
      store.jobs.release(id, found.token)
      try {
        await remove(id)
      } catch (thrown) {
        log(`run ${id}`, `couldn't be removed: ${toErrorValue(thrown).message}`)
      }
      pending.delete(id)
    })
  }

  return {
    /** Hides the run and removes it later. Throws BUSY if a process runs it, and BAD_INPUT if something depends on it. */
    schedule(id: string): void {
      if (pending.has(id)) return
      refuseUsed(store, home, id, new Set(pending.keys()))
      store.jobs.leaveQueue(id)
      const token = store.jobs.reserve(id)
      pending.set(id, { token, timer: setTimeout(() => carryOut(id), delayMs), isUnderway: false })
    },
    /** Returns whether the run is there again; false: it was removed meanwhile. */
    undo(id: string): boolean {
      const found = pending.get(id)
      if (found === undefined || found.isUnderway) return false
      clearTimeout(found.timer)
      pending.delete(id)
      store.jobs.release(id, found.token)
      return true
    },
    isPending: (id: string): boolean => pending.has(id),
    /** Carries out all of them now. */
    async close(): Promise<void> {
      for (const id of pending.keys()) carryOut(id)
      await turn
    },
  }
}
export type PendingRemovals = ReturnType<typeof pendingRemovals>
