import type { FollowedEvent } from '../../main/api/contract/events.ts'

/** What following needs of the application. */
export interface EventSource {
  readonly position: () => Promise<number>
  readonly follow: (
    input: { runId: string | null; after: number | null },
    options: { signal: AbortSignal },
  ) => Promise<AsyncIterable<FollowedEvent>>
}

export interface Follower {
  /**
   * Told at the beginning and whenever a lost connection is back. What is asked for from now on is at least as new as the place from which
   * events are followed, so whoever asks anew here misses nothing.
   */
  readonly onConnected?: () => void
  readonly onEvent: (event: FollowedEvent) => void
}

/** How long to wait before the next try, milliseconds. */
const retryMs = 500

/** Follow the events of one run (null: all) until the signal ends it. After a lost connection it goes on behind the last event seen. */
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
      after = after === null || position < after ? position : after // below: the application has another history now
      const events = await source.follow({ runId, after }, { signal })
      if (signal.aborted) return
      onConnected?.()
      for await (const event of events) {
        if (signal.aborted) return
        if (event.id !== null) after = event.id
        onEvent(event)
      }
    } catch {
      // the connection broke, or nobody follows any more
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

/** `work`, done at once and then at most once in so many milliseconds however often it is asked for, and never left undone. */
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
