import type { FollowedEvent } from '../../main/shared/contract/events-contract.ts'

/** The part of the API that following needs. */
export interface EventSource {
  readonly position: () => Promise<number>
  readonly follow: (
    input: { runId: string | null; after: number | null },
    options: { signal: AbortSignal },
  ) => Promise<AsyncIterable<FollowedEvent>>
}

interface Follower {
  /**
   * Called on the first connection and on every reconnect. Data fetched from here on is at least as new as the position from which events are
   * followed, so a caller that refetches here misses nothing.
   */
  readonly onConnected?: () => void
  readonly onEvent: (event: FollowedEvent) => void
}

/** Delay before the next attempt, milliseconds. */
const retryMs = 500

/** Follow the events of one run (null: all) until the signal aborts. After a lost connection, it continues after the last event seen. */
export async function followEvents(
  source: EventSource,
  runId: string | null,
  { onConnected, onEvent }: Follower,
  signal: AbortSignal,
  wait = retryMs,
): Promise<void> {
  let after: number | null = null
  while (!signal.aborted) {
    try {
      const position = await source.position()
      after = after === null || position < after ? position : after // lower: the database was replaced
      const events = await source.follow({ runId, after }, { signal })
      if (signal.aborted) return
      onConnected?.()
      for await (const event of events) {
        if (signal.aborted) return
        if (event.id !== null) after = event.id
        onEvent(event)
      }
    } catch {
      // the connection broke, or the caller aborted
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

/** Throttles `work`: runs it immediately, then at most once per interval. The last request always runs. */
export function paced(work: () => void, milliseconds: number): { ask: () => void; end: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isAsked = false
  function run(): void {
    isAsked = false
    timer = setTimeout(() => {
      timer = undefined
      if (isAsked) run()
    }, milliseconds)
    work()
  }
  return {
    ask() {
      isAsked = true
      if (timer === undefined) run()
    },
    end: () => clearTimeout(timer),
  }
}
