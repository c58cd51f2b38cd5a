import { ORPCError } from '@orpc/client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo, useRef, useState } from 'react'
import type { QueueEntry, ReviewItem } from '../../../main/api/contract/review.ts'
import type { ReviewAct, UndoStep } from '../../../main/api/contract/review-acts.ts'
import { client, orpc } from '../../api/client.ts'
import { type Vote, withVote } from './optimistic.ts'
import { withEntry } from './queue-order.ts'

/** A write that failed, and for which prompt. */
export interface Failure {
  readonly promptId: number | null // null: none in particular
  readonly error: unknown
}

/** `lost`: it could not be sent, and may be tried again. */
type Outcome = 'stored' | 'refused' | 'lost'

const isStored = (outcome: Outcome): boolean => outcome === 'stored'

/** What undo and redo would do. */
type Next = { undo: ReviewAct | null; redo: ReviewAct | null }

/**
 * What a user does about pairs, stored one after the other. A decision shows immediately and is rolled back where it can't be stored. Main knows the
 * order in which everything was done, so that a reload changes nothing of what can be undone and redone.
 */
export function useWrites(runId: string) {
  const queries = useQueryClient()
  const chain = useRef<Promise<unknown>>(Promise.resolve())
  const next = useQuery(orpc.review.acts.queryOptions({ input: { runId } })).data
  const [failure, setFailure] = useState<Failure | null>(null)

  const accept = useCallback(
    (item: ReviewItem) => {
      queries.setQueryData(orpc.review.item.queryKey({ input: { promptId: item.promptId } }), item)
      queries.setQueriesData<QueueEntry[]>({ queryKey: orpc.review.queue.key() }, (entries) => entries && withEntry(entries, item.entry))
    },
    [queries],
  )
  const counted = useCallback(() => {
    void queries.invalidateQueries({ queryKey: orpc.review.acts.key() })
    void queries.invalidateQueries({ queryKey: orpc.review.overview.key() })
    void queries.invalidateQueries({ queryKey: orpc.review.runs.key() })
  }, [queries])
  /** Something is being done: it can be undone as soon as it is stored, and ends what could be redone. */
  const expect = useCallback(
    (act: Pick<ReviewAct, 'kind' | 'promptId'>) => {
      const key = orpc.review.acts.queryKey({ input: { runId } })
      void queries.cancelQueries({ queryKey: key })
      queries.setQueryData<Next>(key, { undo: { id: -1, position: null, decision: null, subjects: 1, ...act }, redo: null })
    },
    [queries, runId],
  )
  /** Ask again what is known of a prompt. */
  const refresh = useCallback(
    async (promptId: number) => {
      const options = orpc.review.item.queryOptions({ input: { promptId } })
      accept(await queries.fetchQuery({ ...options, staleTime: 0 }))
    },
    [queries, accept],
  )

  const write = useCallback(
    (promptId: number, kind: ReviewAct['kind'], perform: () => Promise<ReviewItem>, before?: ReviewItem): Promise<Outcome> => {
      expect({ kind, promptId })
      const done = chain.current.then(async (): Promise<Outcome> => {
        try {
          const item = await perform()
          accept(item)
          counted()
          return 'stored'
        } catch (error) {
          setFailure({ promptId, error })
          if (before !== undefined) accept(before)
          counted()
          await refresh(promptId).catch(() => {}) // offline: what is shown is asked for again once there is a connection
          return error instanceof ORPCError ? 'refused' : 'lost'
        }
      })
      chain.current = done
      return done
    },
    [accept, counted, refresh, expect],
  )
  const step = useCallback(
    async (direction: 'undo' | 'redo'): Promise<UndoStep | undefined> => {
      const done = chain.current.then(async () => {
        try {
          const stepped = await (direction === 'undo' ? client.review.undoLast({ runId }) : client.review.redoLast({ runId }))
          const { promptId } = stepped.act
          if (promptId === null) await queries.invalidateQueries({ queryKey: orpc.review.key() })
          else await refresh(promptId)
          counted()
          return stepped
        } catch (error) {
          counted()
          if (!(error instanceof ORPCError && error.code === 'NOT_FOUND')) setFailure({ promptId: null, error })
          return undefined
        }
      })
      chain.current = done
      return done
    },
    [runId, queries, refresh, counted],
  )

  return useMemo(
    () => ({
      refresh,
      counted,
      failure,
      clearFailure: () => setFailure(null),
      /** Gives whether it could be stored. */
      decide(item: ReviewItem, vote: Vote, seconds: number): Promise<boolean> {
        if (item.pair === null) return Promise.resolve(false)
        const { id: pairId } = item.pair
        accept(withVote(item, vote))
        return write(item.promptId, 'decision', () => client.review.decide({ pairId, seconds, ...vote }), item).then(isStored)
      },
      rescore: (item: ReviewItem, rewards: ReadonlyMap<number, number | null>) => {
        const given = [...rewards].map(([candidateId, reward]) => ({ candidateId, reward }))
        return write(item.promptId, 'rescore', () => client.review.scores({ promptId: item.promptId, rewards: given })).then(isStored)
      },
      note: (item: ReviewItem, text: string) =>
        write(item.promptId, 'note', () => client.review.note({ promptId: item.promptId, text })).then(isStored),
      next,
      /** Undoes or redoes the last thing this reviewer did in the run; gives what it was, where there was something. */
      step,
    }),
    [refresh, counted, failure, accept, write, next, step],
  )
}
export type Writes = ReturnType<typeof useWrites>
