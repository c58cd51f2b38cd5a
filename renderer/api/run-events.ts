import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { FollowedEvent } from '../../main/shared/contract/events-contract.ts'
import { client, orpc } from './client.ts'
import { followEvents, paced } from './follow.ts'

/** Run queries refetch at most this often, milliseconds. */
const freshMs = 250

/**
 * Follow one run (null: all) while the component is mounted. After a lost connection, it continues after the last event seen, so no event is
 * missed. `listener` must be stable.
 */
export function useRunEvents(runId: string | null, listener: (event: FollowedEvent) => void): void {
  useEffect(() => {
    const abort = new AbortController()
    void followEvents(client.events, runId, { onEvent: listener }, abort.signal)
    return () => abort.abort()
  }, [runId, listener])
}

/** Invalidates run queries when the event history grows, and passes every event on. Used once per window. `listener` must be stable. */
export function useFreshRuns(listener: (event: FollowedEvent) => void): void {
  const queries = useQueryClient()
  useEffect(() => {
    const abort = new AbortController()
    const refresh = paced(() => void queries.invalidateQueries({ queryKey: orpc.runs.key() }), freshMs)
    const onEvent = (event: FollowedEvent): void => {
      if (event.id !== null) refresh.ask() // transient events (id null) change no query's data
      listener(event)
    }
    void followEvents(client.events, null, { onConnected: refresh.ask, onEvent }, abort.signal)
    return () => {
      abort.abort()
      refresh.end()
    }
  }, [queries, listener])
}
