import { Button } from '@mantine/core'
import { type RefObject, useEffect, useRef } from 'react'
import type { ReviewItem, ReviewOverview } from '../../../main/shared/contract/review-contract.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorBoundary } from '../../components/error-boundary.tsx'
import { ErrorCard } from '../../components/error-card.tsx'
import { count, percent } from '../../components/format.ts'
import { Loading } from '../../components/loading.tsx'
import type { Saving } from '../../components/why/text-bar.tsx'
import styles from './desk.module.css'
import { Details } from './details.tsx'
import { EditForm } from './edit-form.tsx'
import { defaultFilter, isFiltered } from './filter-params.ts'
import { TrainButton } from './header.tsx'
import { PairView, Prompt } from './pair-view.tsx'
import { keyOf } from './queue-order.ts'
import type { Desk } from './use-desk.ts'
import type { BoundActions } from './use-review-actions.ts'

interface ReaderProps {
  readonly desk: Desk
  readonly overview: ReviewOverview
  readonly actions: BoundActions
  readonly saving: RefObject<Saving | null>
  readonly scroller: RefObject<HTMLElement | null>
}

/** The prompt and its two responses, or why there is nothing to show. */
export function Reader(props: ReaderProps) {
  const { desk, overview, scroller } = props
  const { queue, item, shown } = desk
  useFreshStart(scroller, queue.key)
  return (
    <section className={styles.reader} ref={scroller} tabIndex={-1} aria-label="Pair">
      {queue.entries === undefined ? (
        queue.query.isError ? (
          <ErrorCard error={queue.query.error} onRetry={() => void queue.query.refetch()} />
        ) : (
          <Loading />
        )
      ) : queue.key === null ? (
        <NothingInView desk={desk} overview={overview} />
      ) : item.isError && shown === undefined ? (
        <ErrorCard error={item.error} onRetry={() => void item.refetch()} />
      ) : shown === undefined ? (
        <Loading />
      ) : (
        <ErrorBoundary of={keyOf(shown)}>
          <Item {...props} key={keyOf(shown)} item={shown} />
        </ErrorBoundary>
      )}
    </section>
  )
}

/** Scrolls to the top for each new pair, and focuses it, so that the scroll keys work. */
function useFreshStart(scroller: RefObject<HTMLElement | null>, key: string | null): void {
  const last = useRef<string | null>(null)
  useEffect(() => {
    const { current } = scroller
    if (current === null || key === null || last.current === key) return
    last.current = key
    current.scrollTop = 0
    if (document.activeElement === null || !document.activeElement.matches('input, textarea, select, [role=dialog] *')) {
      current.focus({ preventScroll: true })
    }
  }, [scroller, key])
}

function Item({ desk, item, actions, saving }: ReaderProps & { readonly item: ReviewItem }) {
  const { sides, writing, isHidden, queue } = desk
  const at = queue.index < 0 ? `prompt ${item.position + 1}` : `${count(queue.index + 1)} of ${count(queue.entries?.length ?? 0)}`
  const hasMore = item.pair !== null && item.siblings.length > 0
  const place = hasMore ? `${at}, pair ${item.place + 1} of ${item.siblings.length + 1} of this prompt` : at
  return (
    <>
      <Prompt item={item} place={place} isHidden={isHidden} />
      {sides === null ? (
        <p className={styles.noPair}>
          These responses make no pair: their scores tie, differ by less than the recipe’s minimum gap, or are unreadable. Set scores
          yourself (R) to make a pair by the recipe’s rule.
        </p>
      ) : writing === 'edit' ? (
        <EditForm desk={desk} item={item} sides={sides} actions={actions} saving={saving} />
      ) : (
        <PairView desk={desk} item={item} sides={sides} />
      )}
      {writing !== 'edit' && <Details item={item} sides={sides} isHidden={isHidden} isScoring={writing === 'rescore'} />}
    </>
  )
}

function NothingInView({ desk, overview }: { readonly desk: Desk; readonly overview: ReviewOverview }) {
  const { filter, setFilter, entries = [], go } = desk.queue
  const clear = <Button onClick={() => setFilter({ ...defaultFilter, sort: filter.sort })}>Clear the filter</Button>
  if (entries.length === 0) {
    if (filter.status === 'unreviewed' && !isFiltered({ ...filter, status: 'all' })) return <AllReviewed desk={desk} overview={overview} />
    return isFiltered(filter) ? (
      <EmptyState title="Nothing matches the filter" actions={clear}>
        No pairs in this run match the filter.
      </EmptyState>
    ) : (
      <EmptyState
        title="No pairs"
        actions={<Button onClick={() => setFilter({ ...filter, status: 'without-pair' })}>Show the prompts</Button>}
      >
        The judge’s scores made no pairs: the best and worst responses to every prompt tie. You can make pairs by setting scores yourself.
      </EmptyState>
    )
  }
  return <AllReviewed desk={desk} overview={overview} onAgain={() => go(entries[0])} />
}

function AllReviewed({
  desk,
  overview,
  onAgain,
}: {
  readonly desk: Desk
  readonly overview: ReviewOverview
  readonly onAgain?: () => void
}) {
  const { filter, setFilter } = desk.queue
  const { agreement, waitsFor } = overview
  const again = onAgain ?? (() => setFilter({ ...filter, status: 'all' }))
  return (
    <EmptyState
      title="All reviewed"
      actions={
        <div className={styles.doneActions}>
          {waitsFor !== null && <TrainButton overview={overview} iteration={waitsFor} />}
          <Button onClick={again}>Go through them again</Button>
          <Button onClick={() => setFilter({ ...defaultFilter, status: 'overridden' })}>Show overridden pairs</Button>
        </div>
      }
    >
      Every pair in this queue has a decision.
      {agreement.n > 0 &&
        ` The judge agrees with you on ${percent(agreement.accuracy)} of ${count(agreement.n)} votes; a judge that looks only at length would agree on ${percent(agreement.lengthAccuracy)}.`}
    </EmptyState>
  )
}
