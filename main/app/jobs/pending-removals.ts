import { toErrorValue } from '../../shared/errors.ts'

/** How long a removal can be undone, milliseconds. */
export const undoMs = 10_000

interface PendingOptions<Id> {
  /** What is removed, for the log. */
  readonly noun: string
  /** Keeps it from being used until the removal is over or undone, and returns what allows it again. Throws if it can't be removed. */
  readonly hold?: (id: Id, going: ReadonlySet<Id>) => () => void
  readonly remove: (id: Id) => Promise<void> | void
  readonly log?: (source: string, text: string) => void
  readonly delayMs?: number
}

const holdNothing = (): (() => void) => () => {}

/**
 * Removals that can still be undone: what they remove is hidden, but everything is there. They are carried out after a while, whatever the
 * windows do, or when the application closes; if its process is killed before, it is there again.
 */
export function pendingRemovals<Id extends string | number>(options: PendingOptions<Id>) {
  const { noun, hold = holdNothing, remove, log = () => {}, delayMs = undoMs } = options
  const pending = new Map<Id, { readonly release: () => void; readonly timer: NodeJS.Timeout; isUnderway: boolean }>()
  let turn: Promise<void> = Promise.resolve() // one after the other: one may depend on another

  function carryOut(id: Id): void {
    clearTimeout(pending.get(id)?.timer)
    turn = turn.then(async () => {
      const found = pending.get(id)
      if (found === undefined) return
      found.isUnderway = true
      found.release()
      try {
        await remove(id)
      } catch (thrown) {
        log(`${noun} ${id}`, `couldn't be removed: ${toErrorValue(thrown).message}`)
      }
      pending.delete(id)
    })
  }

  return {
    /** Hides it and removes it later. Throws what `hold` throws. */
    schedule(id: Id): void {
      if (pending.has(id)) return
      const release = hold(id, new Set(pending.keys()))
      pending.set(id, { release, timer: setTimeout(() => carryOut(id), delayMs), isUnderway: false })
    },
    /** Returns whether it is there again; false: it was removed meanwhile. */
    undo(id: Id): boolean {
      const found = pending.get(id)
      if (found === undefined || found.isUnderway) return false
      clearTimeout(found.timer)
      pending.delete(id)
      found.release()
      return true
    },
    isPending: (id: Id): boolean => pending.has(id),
    /** Carries out the removal of this one now, so that another can take its name. */
    async finish(id: Id): Promise<void> {
      if (pending.has(id)) carryOut(id)
      await turn
    },
    /** Carries out all of them now. */
    async close(): Promise<void> {
      for (const id of pending.keys()) carryOut(id)
      await turn
    },
  }
}
export type PendingRemovals<Id extends string | number> = ReturnType<typeof pendingRemovals<Id>>
