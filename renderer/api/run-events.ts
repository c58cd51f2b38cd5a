import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { FollowedEvent } from '../../main/api/contract/events.ts'
import { client, orpc } from './client.ts'

/**
 * Follow one run (null: all) as long as the component is there. After a lost connection it goes on behind the last event seen, so that
 * nothing is missed. `listener` must be stable.
 */
export function useRunEvents(runId: string | null, listener: (event: FollowedEvent) => void): void {
  useEffect(() => {
    const abort = new AbortController()
    void follow(runId, listener, abort.signal)
    return () => abort.abort()
  }, [runId, listener])
}

async function follow(runId: string | null, listener: (event: FollowedEvent) => void, signal: AbortSignal): Promise<void> {
  let after: number | null = null
  while (!signal.aborted) {
    try {
      for await (const event of await client.events.follow({ runId, after }, { signal })) {
        if (event.id !== null) after = event.id
        listener(event)
      }
    } catch {
      // the connection broke, or the component is gone
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** What the application's own history says may have changed: asked for again. Passing events change nothing that was asked for. */
function refresh(queries: QueryClient, { id }: FollowedEvent): void {
  if (id === null) return
  void queries.invalidateQueries({ queryKey: orpc.runs.key() })
}

/** Keeps all that was asked about runs as new as the history is. Used once, by the whole window. */
export function useFreshRuns(): void {
  const queries = useQueryClient()
  useEffect(() => {
    const abort = new AbortController()
    void follow(null, (event) => refresh(queries, event), abort.signal)
    return () => abort.abort()
  }, [queries])
}
