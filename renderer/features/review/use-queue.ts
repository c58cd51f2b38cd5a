import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { useSearchParams } from 'wouter'
import type { QueueEntry, QueueFilter, ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { client, orpc } from '../../api/client.ts'
import { filterOf, paramsOf } from './filter-params.ts'
import { firstUnreviewed, keyOf, nextUnreviewed, type Spot, spotOf, withLater } from './queue-order.ts'

/** URL parameter of the current pair, and its value at the end of the queue. */
const atKey = 'at'
const end = 'end'

/** Collects a streamed queue. */
async function wholeQueue(runId: string, filter: QueueFilter, signal: AbortSignal): Promise<QueueEntry[]> {
  const entries: QueueEntry[] = []
  for await (const piece of await client.review.queue({ runId, filter }, { signal })) entries.push(...piece)
  return entries
}

/** A queue with what the window has learned since it asked for it. */
async function freshQueue(queries: QueryClient, fetchQueue: () => Promise<QueueEntry[]>): Promise<QueueEntry[]> {
  const since = Date.now()
  const entries = await fetchQueue()
  const items = queries.getQueryCache().findAll({ queryKey: orpc.review.item.key() })
  const known = items.flatMap(({ state }) => (state.data === undefined ? [] : { item: state.data as ReviewItem, at: state.dataUpdatedAt }))
  return withLater(entries, known, since)
}

/** The filtered queue and the current pair, both stored in the URL. */
export function useQueue(runId: string) {
  const queries = useQueryClient()
  const [params, setParams] = useSearchParams()
  const filterText = paramsOf(filterOf(params)).toString()
  const filter = useMemo(() => filterOf(new URLSearchParams(filterText)), [filterText])
  // not cached: a vote can move a pair to other queues, but must never change the one being read
  const query = useQuery({
    queryKey: orpc.review.queue.queryKey({ input: { runId, filter } }),
    queryFn: ({ signal }) => freshQueue(queries, () => wholeQueue(runId, filter, signal)),
    gcTime: 0,
  })
  const entries = query.data
  const indices = useMemo(() => new Map((entries ?? []).map((entry, i) => [keyOf(entry), i])), [entries])

  const at = params.get(atKey)
  const wanted = at !== null && spotOf(at) !== null ? at : null
  const opened = entries === undefined || at === end ? undefined : entries[firstUnreviewed(entries) ?? -1]
  /** Stays even if a refetched queue no longer contains it. */
  const key = wanted ?? (opened === undefined ? null : keyOf(opened))
  const spot = useMemo(() => (key === null ? null : spotOf(key)), [key])
  const index = key === null ? -1 : (indices.get(key) ?? -1)

  /** Opens a pair (null: the end of the queue). Replaces the history entry, so that the back button leaves Review. */
  const go = useCallback(
    (to: Spot | null) => {
      setParams(
        (before) => {
          const next = paramsOf(filterOf(before))
          next.set(atKey, to === null ? end : keyOf(to))
          return next
        },
        { replace: true },
      )
    },
    [setParams],
  )
  /** Pins the opening pair in the URL, so that later decisions don't change it. */
  useEffect(() => {
    if (spot !== null && at !== key) go(spot)
  }, [spot, key, at, go])
  const setFilter = useCallback((next: QueueFilter) => setParams(paramsOf(next), { replace: true }), [setParams])
  const step = useCallback(
    (by: 1 | -1) => {
      if (entries === undefined || entries.length === 0) return
      const to = entries[index < 0 ? (by === 1 ? 0 : entries.length - 1) : index + by]
      if (to !== undefined) go(to)
    },
    [entries, index, go],
  )
  /** The pair to leave once the queue has arrived: what comes next isn't known before. */
  const [left, setLeft] = useState<string | null>(null)
  const goOn = useCallback(() => {
    if (entries === undefined) return setLeft(key)
    const to = nextUnreviewed(entries, index, filter.status)
    go(to === null ? null : entries[to])
  }, [entries, key, index, filter.status, go])
  useEffect(() => {
    if (left === null || (left === key && entries === undefined)) return
    setLeft(null)
    if (left === key) goOn()
  }, [left, key, entries, goOn])

  return { filter, setFilter, query, entries, key, spot, index, go, step, goOn }
}
