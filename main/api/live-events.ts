import { type RunEvent, runEvent } from '../loop/events.ts'
import type { Store } from '../store/store.ts'
import type { FollowedEvent } from './contract/events.ts'
import { changesOf } from './store-changes.ts'

/** Which kind a passing event is of; only the newest of each is worth telling. */
const passingKey = (runId: string, event: RunEvent): string => `${runId} ${event.kind}`

/** Hands what happens in runs to those who watch: the history from the store, passing events from the runs of this process. */
export function liveEvents(store: Store) {
  const listeners = new Set<(runId: string, event: RunEvent) => void>()
  const changes = changesOf(store)

  /** Passing events of this process are kept until the next look, the newest of each kind. */
  function collectPassing(wanted: string | null): { take(): FollowedEvent[]; end(): void } {
    let waiting = new Map<string, FollowedEvent>()
    const listener = (runId: string, event: RunEvent): void => {
      if (wanted !== null && runId !== wanted) return
      waiting.set(passingKey(runId, event), { id: null, runId, at: new Date().toISOString(), event })
    }
    listeners.add(listener)
    const take = (): FollowedEvent[] => {
      const taken = [...waiting.values()]
      waiting = new Map()
      return taken
    }
    return { take, end: () => void listeners.delete(listener) }
  }

  return {
    /** A run of this process tells something that is not kept. */
    pass(runId: string, event: RunEvent): void {
      for (const listener of listeners) listener(runId, event)
      changes.mark()
    },

    async *follow(runId: string | null, after: number | null, signal?: AbortSignal): AsyncGenerator<FollowedEvent> {
      const passing = collectPassing(runId)
      let last = after ?? store.events.lastId()
      try {
        while (!signal?.aborted) {
          const count = changes.count()
          for (const { id, ...row } of store.events.news(runId, last)) {
            last = id
            const event = runEvent.safeParse(row.event)
            if (event.success) yield { id, runId: row.runId, at: row.at, event: event.data } // else: of a newer Laurel
          }
          yield* passing.take()
          await changes.after(count, signal)
        }
      } finally {
        passing.end()
      }
    },
  }
}
export type LiveEvents = ReturnType<typeof liveEvents>
