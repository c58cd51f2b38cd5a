import { ORPCError } from '@orpc/client'
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo, useRef, useState } from 'react'
import type { QueueEntry, ReviewItem } from '../../../main/api/contract/review.ts'
import { client, orpc } from '../../api/client.ts'
import { type Vote, withVote } from './optimistic.ts'
import { withEntry } from './queue-order.ts'

/** Something done here, to be taken back. */
export interface Act {
  readonly kind: 'decision' | 'rescore' | 'note'
  readonly id: number
  readonly promptId: number
}

/** A write that failed, and at which prompt. */
export interface Failure {
  readonly promptId: number
  readonly error: unknown
}

/** `lost`: it could not be sent, and may be tried again. */
type Outcome = 'stored' | 'refused' | 'lost'

const isStored = (outcome: Outcome): boolean => outcome === 'stored'

/** The newest act of a kind on an item. */
function newestAct(item: ReviewItem, kind: Act['kind']): Act | undefined {
  const acts = { decision: item.decisions, rescore: item.rescores, note: item.notes }[kind]
  const id = acts.at(-1)?.id
  return id === undefined ? undefined : { kind, id, promptId: item.promptId }
}

/** The last thing that anybody did about an item and that still stands. */
function lastAct(item: ReviewItem): Act | undefined {
  const acts = [
    ...item.decisions.map((act) => ({ ...act, kind: 'decision' as const })),
    ...item.rescores.map((act) => ({ ...act, kind: 'rescore' as const })),
  ]
  const last = acts.sort((a, b) => a.at.localeCompare(b.at)).at(-1)
  if (last === undefined || ('decision' in last && last.decision === 'undo') || ('reward' in last && last.reward === null)) return undefined
  return { kind: last.kind, id: last.id, promptId: item.promptId }
}

/**
 * What a person does about pairs, stored one after the other. A decision shows at once and is rolled back where it cannot be stored. Everything done
 * here can be taken back, the last first.
 */
export function useWrites() {
  const queries = useQueryClient()
  const chain = useRef<Promise<unknown>>(Promise.resolve())
  const acts = useRef<Act[]>([])
  const [failure, setFailure] = useState<Failure | null>(null)

  const accept = useCallback(
    (item: ReviewItem) => {
      queries.setQueryData(orpc.review.item.queryKey({ input: { promptId: item.promptId } }), item)
      queries.setQueriesData<QueueEntry[]>({ queryKey: orpc.review.queue.key() }, (entries) => entries && withEntry(entries, item.entry))
    },
    [queries],
  )
  const counted = useCallback(() => {
    void queries.invalidateQueries({ queryKey: orpc.review.overview.key() })
    void queries.invalidateQueries({ queryKey: orpc.review.runs.key() })
  }, [queries])
  /** Ask anew what is known of a prompt. */
  const refresh = useCallback(
    async (promptId: number) => {
      const options = orpc.review.item.queryOptions({ input: { promptId } })
      accept(await queries.fetchQuery({ ...options, staleTime: 0 }))
    },
    [queries, accept],
  )

  const write = useCallback(
    (promptId: number, kind: Act['kind'] | null, perform: () => Promise<ReviewItem>, before?: ReviewItem): Promise<Outcome> => {
      const done = chain.current.then(async (): Promise<Outcome> => {
        try {
          const item = await perform()
          accept(item)
          counted()
          const act = kind === null ? undefined : newestAct(item, kind)
          if (act !== undefined) acts.current.push(act)
          return 'stored'
        } catch (error) {
          setFailure({ promptId, error })
          if (before !== undefined) accept(before)
          await refresh(promptId).catch(() => {}) // offline: what is shown is asked for again once there is a connection
          return error instanceof ORPCError ? 'refused' : 'lost'
        }
      })
      chain.current = done
      return done
    },
    [accept, counted, refresh],
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
      rescore: (item: ReviewItem, candidateId: number, reward: number | null) =>
        write(item.promptId, 'rescore', () => client.review.rescore({ candidateId, reward })).then(isStored),
      note: (item: ReviewItem, text: string) =>
        write(item.promptId, 'note', () => client.review.note({ promptId: item.promptId, text })).then(isStored),
      /** Takes back the last act of this visit, or else the last on the item in view; gives at which prompt, where it could be taken back. */
      async undo(inView: ReviewItem | undefined): Promise<number | undefined> {
        await chain.current
        const own = acts.current.pop()
        const act = own ?? (inView && lastAct(inView))
        if (act === undefined) return undefined
        const outcome = await write(act.promptId, null, () => client.review.undo(act))
        if (outcome === 'lost' && own !== undefined) acts.current.push(own) // to be tried again
        return isStored(outcome) ? act.promptId : undefined
      },
      canUndo: (inView: ReviewItem | undefined): boolean =>
        acts.current.length > 0 || (inView !== undefined && lastAct(inView) !== undefined),
    }),
    [refresh, counted, failure, accept, write],
  )
}
export type Writes = ReturnType<typeof useWrites>
