import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { FollowedEvent } from '../../main/api/contract/events.ts'
import { client, orpc } from './client.ts'
import { followEvents, paced } from './follow.ts'

/** What is shown of runs is asked for again at most this often, milliseconds: four times a second. */
const freshMs = 250

/**
 * Follow one run (null: all) as long as the component is there. After a lost connection it goes on behind the last event seen, so that
 * nothing is missed. `listener` must be stable.
 */
export function useRunEvents(runId: string | null, listener: (event: FollowedEvent) => void): void {
  useEffect(() => {
    const abort = new AbortController()
    void followEvents(client.events, runId, { onEvent: listener }, abort.signal)
    return () => abort.abort()
  }, [runId, listener])
}

/** Keeps all that was asked about runs as new as the history is. Used once, by the whole window. */
export function useFreshRuns(): void {
  const queries = useQueryClient()
  useEffect(() => {
    const abort = new AbortController()
    const refresh = paced(() => void queries.invalidateQueries({ queryKey: orpc.runs.key() }), freshMs)
    const onEvent = ({ id }: FollowedEvent): void => {
      if (id !== null) refresh.ask() // passing events change nothing that was asked for
    }
    void followEvents(client.events, null, { onConnected: refresh.ask, onEvent }, abort.signal)
    return () => {
      abort.abort()
      refresh.end()
    }
  }, [queries])
}
