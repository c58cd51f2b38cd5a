import { ORPCError } from '@orpc/client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo, useRef, useState } from 'react'
import type { QueueEntry, ReviewAct, ReviewItem, UndoStep } from '../../../main/shared/contract/review-contract.ts'
import type { Decision } from '../../../main/shared/enums.ts'
import type { Reasoning } from '../../../main/shared/review-reasons.ts'
import { client, orpc } from '../../api/client.ts'
import { type Vote, withVote } from './optimistic.ts'
import type { ManualScore } from './parts-form.tsx'
import { type Spot, withItem } from './queue-order.ts'

/** A failed write, and what it was about. */
interface Failure {
  readonly spot: Spot | null // null: no pair in particular
  readonly error: unknown
}

/** `lost`: it couldn't be sent, and can be retried. */
type Outcome = 'stored' | 'refused' | 'lost'

const isStored = (outcome: Outcome): boolean => outcome === 'stored'

const spotIn = ({ promptId, place }: Spot): Spot => ({ promptId, place })

/** What undo and redo would act on. */
type Next = { undo: ReviewAct | null; redo: ReviewAct | null }

/**
 * The user's writes, stored one after the other. A decision shows immediately and is rolled back if it can't be stored. The store keeps the
 * order of actions, so undo and redo survive a reload.
 */
export function useWrites(runId: string) {
  const queries = useQueryClient()
  const chain = useRef<Promise<unknown>>(Promise.resolve())
  const next = useQuery(orpc.review.acts.queryOptions({ input: { runId } })).data
  const [failure, setFailure] = useState<Failure | null>(null)

  const accept = useCallback(
    (item: ReviewItem) => {
      queries.setQueryData(orpc.review.item.queryKey({ input: spotIn(item) }), item)
      queries.setQueriesData<QueueEntry[]>({ queryKey: orpc.review.queue.key() }, (entries) => entries && withItem(entries, item))
    },
    [queries],
  )
  /** The prompt's other pairs share its responses, scores, and notes. */
  const forgetSiblings = useCallback(
    ({ promptId, place }: Spot) => {
      const isSibling = (known: Spot | undefined): boolean => known?.promptId === promptId && known.place !== place
      void queries.invalidateQueries({
        queryKey: orpc.review.item.key(),
        predicate: ({ state }) => isSibling(state.data as Spot | undefined),
      })
    },
    [queries],
  )
  const counted = useCallback(() => {
    void queries.invalidateQueries({ queryKey: orpc.review.acts.key() })
    void queries.invalidateQueries({ queryKey: orpc.review.overview.key() })
    void queries.invalidateQueries({ queryKey: orpc.review.runs.key() })
  }, [queries])
  /** Optimistic update of undo and redo: the new action can be undone, and nothing can be redone. */
  const expect = useCallback(
    (act: Pick<ReviewAct, 'kind' | 'promptId' | 'place'>) => {
      const key = orpc.review.acts.queryKey({ input: { runId } })
      void queries.cancelQueries({ queryKey: key })
      queries.setQueryData<Next>(key, {
        undo: { id: -1, position: null, decision: null, explains: false, subjects: 1, ...act },
        redo: null,
      })
    },
    [queries, runId],
  )
  /** Refetches a prompt. */
  const refresh = useCallback(
    async (spot: Spot) => {
      const options = orpc.review.item.queryOptions({ input: spotIn(spot) })
      accept(await queries.fetchQuery({ ...options, staleTime: 0 }))
      forgetSiblings(spot)
    },
    [queries, accept, forgetSiblings],
  )

  const write = useCallback(
    (about: ReviewItem, kind: ReviewAct['kind'], perform: () => Promise<ReviewItem>, before?: ReviewItem): Promise<Outcome> => {
      const spot = spotIn(about)
      expect({ kind, ...spot })
      const done = chain.current.then(async (): Promise<Outcome> => {
        try {
          const item = await perform()
          accept(item)
          forgetSiblings(item)
          counted()
          return 'stored'
        } catch (error) {
          setFailure({ spot, error })
          if (before !== undefined) accept(before)
          counted()
          await refresh(spot).catch(() => {}) // offline: refetched on reconnect
          return error instanceof ORPCError ? 'refused' : 'lost'
        }
      })
      chain.current = done
      return done
    },
    [accept, forgetSiblings, counted, refresh, expect],
  )
  const step = useCallback(
    async (direction: 'undo' | 'redo'): Promise<UndoStep | undefined> => {
      const done = chain.current.then(async () => {
        try {
          const stepped = await (direction === 'undo' ? client.review.undoLast({ runId }) : client.review.redoLast({ runId }))
          const { promptId, place } = stepped.act
          if (promptId === null) await queries.invalidateQueries({ queryKey: orpc.review.key() })
          else await refresh({ promptId, place })
          counted()
          return stepped
        } catch (error) {
          counted()
          if (!(error instanceof ORPCError && error.code === 'NOT_FOUND')) setFailure({ spot: null, error })
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
      /** Resolves to whether the decision was stored. */
      decide(item: ReviewItem, vote: Vote, seconds: number): Promise<boolean> {
        if (item.pair === null) return Promise.resolve(false)
        const { id: pairId } = item.pair
        accept(withVote(item, vote))
        return write(item, 'decision', () => client.review.decide({ pairId, seconds, ...vote }), item).then(isStored)
      },
      explain(item: ReviewItem, of: Decision, reasoning: Reasoning): Promise<boolean> {
        if (item.pair === null) return Promise.resolve(false)
        const { id: pairId } = item.pair
        return write(item, 'decision', () => client.review.explain({ pairId, of, ...reasoning })).then(isStored)
      },
      rescore: (item: ReviewItem, scores: ReadonlyMap<number, ManualScore>) => {
        const given = [...scores].map(([candidateId, { reward, parts }]) => ({ candidateId, reward, parts }))
        return write(item, 'rescore', () => client.review.scores({ ...spotIn(item), rewards: given })).then(isStored)
      },
      note: (item: ReviewItem, text: string) => write(item, 'note', () => client.review.note({ ...spotIn(item), text })).then(isStored),
      next,
      /** Undoes or redoes this reviewer's last action in the run; resolves to what it was, if anything. */
      step,
    }),
    [refresh, counted, failure, accept, write, next, step],
  )
}
export type Writes = ReturnType<typeof useWrites>
