import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo } from 'react'
import { useSearchParams } from 'wouter'
import type { QueueEntry, QueueFilter } from '../../../main/shared/contract/review-contract.ts'
import { client, orpc } from '../../api/client.ts'
import { filterOf, paramsOf } from './filter-params.ts'
import { firstUnreviewed, nextUnreviewed } from './queue-order.ts'

/** URL parameter of the current pair, and its value at the end of the queue. */
const atKey = 'at'
const end = 'end'

/** Collects a streamed queue. */
async function wholeQueue(runId: string, filter: QueueFilter, signal: AbortSignal): Promise<QueueEntry[]> {
  const entries: QueueEntry[] = []
  for await (const piece of await client.review.queue({ runId, filter }, { signal })) entries.push(...piece)
  return entries
}

/** The filtered queue and the current pair, both stored in the URL. */
export function useQueue(runId: string) {
  const [params, setParams] = useSearchParams()
  const filterText = paramsOf(filterOf(params)).toString()
  const filter = useMemo(() => filterOf(new URLSearchParams(filterText)), [filterText])
  // not cached: a vote can move a pair to other queues, but must never change the one being read
  const query = useQuery({
    queryKey: orpc.review.queue.queryKey({ input: { runId, filter } }),
    queryFn: ({ signal }) => wholeQueue(runId, filter, signal),
    gcTime: 0,
  })
  const entries = query.data
  const indices = useMemo(() => new Map((entries ?? []).map(({ promptId }, i) => [promptId, i])), [entries])

  const at = params.get(atKey)
  const wanted = at !== null && /^\d+$/.test(at) ? Number(at) : null
  const opened = entries === undefined || at === end ? null : (entries[firstUnreviewed(entries) ?? -1]?.promptId ?? null)
  /** Stays even if a refetched queue no longer contains it. */
  const promptId = wanted ?? opened
  const index = promptId === null ? -1 : (indices.get(promptId) ?? -1)

  /** Opens a pair (null: the end of the queue). Replaces the history entry, so that the back button leaves Review. */
  const go = useCallback(
    (to: number | null) => {
      setParams(
        (before) => {
          const next = paramsOf(filterOf(before))
          next.set(atKey, to === null ? end : String(to))
          return next
        },
        { replace: true },
      )
    },
    [setParams],
  )
  /** Pins the opening pair in the URL, so that later decisions don't change it. */
  useEffect(() => {
    if (promptId !== null && at !== String(promptId)) go(promptId)
  }, [promptId, at, go])
  const setFilter = useCallback((next: QueueFilter) => setParams(paramsOf(next), { replace: true }), [setParams])
  const step = useCallback(
    (by: 1 | -1) => {
      if (entries === undefined || entries.length === 0) return
      const to = entries[index < 0 ? (by === 1 ? 0 : entries.length - 1) : index + by]
      if (to !== undefined) go(to.promptId)
    },
    [entries, index, go],
  )
  const goOn = useCallback(() => {
    const to = entries === undefined ? null : nextUnreviewed(entries, index, filter.status)
    go(to === null ? null : entries![to].promptId)
  }, [entries, index, filter.status, go])

  return { filter, setFilter, query, entries, promptId, index, go, step, goOn }
}
