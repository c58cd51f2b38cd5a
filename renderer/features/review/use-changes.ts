import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { client, orpc } from '../../api/client.ts'
import type { Writes } from './use-writes.ts'

/** Above this number of changed prompts, the whole queue is refetched. */
const few = 20

/** Keeps the page up to date with decisions made in other windows and processes, and while the connection was down. */
export function useChanges(runId: string, { refresh, counted }: Pick<Writes, 'refresh' | 'counted'>): void {
  const queries = useQueryClient()
  useEffect(() => {
    const abort = new AbortController()
    const all = (): void => void queries.invalidateQueries({ queryKey: orpc.review.key() })
    const learn = async (promptIds: readonly number[]): Promise<void> => {
      if (promptIds.length > few) return all()
      await Promise.all(promptIds.map((promptId) => refresh({ promptId, place: 0 })))
      counted()
    }
    void follow(runId, learn, all, abort.signal)
    return () => abort.abort()
  }, [runId, queries, refresh, counted])
}

async function follow(
  runId: string,
  learn: (promptIds: readonly number[]) => Promise<void>,
  all: () => void,
  signal: AbortSignal,
): Promise<void> {
  let isFirst = true
  while (!signal.aborted) {
    try {
      const changes = await client.review.changes({ runId }, { signal })
      if (!isFirst) all() // changes in between are unknown
      isFirst = false
      for await (const { promptIds } of changes) await learn(promptIds)
    } catch {
      // the connection broke, or the page was closed
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 500))
  }
}
