import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo } from 'react'
import { useSearchParams } from 'wouter'
import type { QueueEntry, QueueFilter } from '../../../main/api/contract/review.ts'
import { client, orpc } from '../../api/client.ts'
import { filterOf, paramsOf } from './filter-params.ts'
import { firstUnreviewed, nextUnreviewed } from './queue-order.ts'

/** Where in the address the pair in view is, and that a person has come to the queue's end. */
const atKey = 'at'
const end = 'end'

/** All pieces of a queue, in order. */
async function wholeQueue(runId: string, filter: QueueFilter, signal: AbortSignal): Promise<QueueEntry[]> {
  const entries: QueueEntry[] = []
  for await (const piece of await client.review.queue({ runId, filter }, { signal })) entries.push(...piece)
  return entries
}

/** The filtered queue and the pair in view, both held by the address. */
export function useQueue(runId: string) {
  const [params, setParams] = useSearchParams()
  const filterText = paramsOf(filterOf(params)).toString()
  const filter = useMemo(() => filterOf(new URLSearchParams(filterText)), [filterText])
  // forgotten when it leaves the view: a vote changes which queues a pair is in, but never the one that is being read
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
  /** Also where the queue, asked for anew, does not hold it any more: what is read stays. */
  const promptId = wanted ?? opened
  const index = promptId === null ? -1 : (indices.get(promptId) ?? -1)

  /** Look at a pair (null: come to the end). The back button leads out of Review, not through every pair. */
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
  /** Where a queue is opened does not change with what is decided there. */
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
export type Queue = ReturnType<typeof useQueue>
