import type { FollowedEvent } from '../../shared/contract/events-contract.ts'
import { type RunEvent, runEvent } from '../../shared/run-events.ts'
import type { Store } from '../../store/store.ts'
import type { Application } from '../application.ts'
import { api, streamed } from '../implementation.ts'
import { changesOf } from '../store-changes.ts'

/** Key of a transient event's type; only the newest of each is sent. */
const passingKey = (runId: string, event: RunEvent): string => `${runId} ${event.kind}`

/** Streams run events to subscribers: history from the store, and transient events of runs in this process. */
export function liveEvents(store: Store) {
  const listeners = new Set<(runId: string, event: RunEvent) => void>()
  const changes = changesOf(store)

  /** Collects transient events of this process until the next poll, the newest of each type. */
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
    /** Publishes a transient event of a run in this process. */
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
            if (event.success) yield { id, runId: row.runId, at: row.at, event: event.data } // otherwise: from a newer Laurel
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

export const eventsRouter = ({ live, store }: Application) =>
  api.events.router({
    position: api.events.position.handler(() => store.events.lastId()),
    follow: api.events.follow.handler(({ input: { runId, after }, signal }) => {
      const id = runId === null ? null : store.runs.resolve(runId).id
      return streamed(live.follow(id, after, signal))
    }),
  })
