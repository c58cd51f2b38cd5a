import { Button } from '@mantine/core'
import { useRef, useState } from 'react'
import type { ReviewOverview } from '../../../main/shared/contract/review-contract.ts'
import { ActionButton, actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { TextForm } from '../../components/text-form.ts'
import type { Saving } from '../../components/why/text-bar.tsx'
import { WhyBar } from '../../components/why/why-bar.tsx'
import { ActionBar } from './action-bar.tsx'
import { Below } from './below.tsx'
import { BatchBar, BulkDialog } from './bulk-dialog.tsx'
import styles from './desk.module.css'
import { defaultFilter, isFiltered } from './filter-params.ts'
import { Filters, queueWords } from './filters.tsx'
import { Guidelines } from './guidelines.tsx'
import { Header } from './header.tsx'
import { QueueList } from './queue-list.tsx'
import { Reader } from './reader.tsx'
import { queueActions } from './review-actions.ts'
import { useDesk } from './use-desk.ts'
import { useReviewActions } from './use-review-actions.ts'

/** Review of one run: the queue, the current pair, and its actions. The layout is fixed; only the pair's text scrolls. */
export function ReviewDesk({ overview }: { readonly overview: ReviewOverview }) {
  const desk = useDesk(overview.runId)
  const search = useRef<HTMLInputElement>(null)
  const reader = useRef<HTMLElement>(null)
  const saving = useRef<Saving | null>(null)
  const [isBulk, setBulk] = useState(false)
  const actions = useReviewActions(desk, search, saving)
  const { queue, writes, isListed, isGuided, isBlind, isDiff, isText } = desk
  const { entries, filter } = queue
  const ofQueue = useScreenActions(queueActions, {
    decideAll: { enabled: entries !== undefined && entries.length > 0, perform: () => setBulk(true) },
    clearFilter: { enabled: isFiltered(filter), perform: () => queue.setFilter({ ...defaultFilter, sort: filter.sort }) },
  })
  return (
    <div className={styles.desk} data-fills>
      <Header overview={overview} iteration={filter.iteration} />
      <div className={styles.tools}>
        <Filters
          filter={filter}
          onChange={queue.setFilter}
          iterations={overview.iterations}
          range={overview.rewardRange}
          search={search}
          onLeave={() => reader.current?.focus({ preventScroll: true })}
        />
        <div className={styles.view}>
          <ActionButton action={actions.list} pressed={isListed} />
          <ActionButton action={actions.diff} pressed={isDiff} />
          <ActionButton action={actions.text} pressed={isText} />
          <ActionButton action={actions.guidelines} pressed={isGuided} />
          <ActionButton action={actions.blind} pressed={isBlind}>
            Blind {isBlind ? 'on' : 'off'}
          </ActionButton>
        </div>
      </div>
      <div className={styles.work} data-listed={isListed} data-guided={isGuided}>
        {isListed && (
          <aside className={styles.queue} aria-label="Queue">
            <div className={styles.queueHead}>
              <span>{entries === undefined ? 'Queue' : queueWords(entries.length, filter)}</span>
              <Button {...actionProps(ofQueue.decideAll)} variant="subtle" color="gray" />
            </div>
            <QueueList entries={entries ?? []} index={queue.index} isBlind={isBlind} onChoose={queue.go} />
          </aside>
        )}
        <div className={styles.main}>
          <TextForm value={isText ? 'text' : 'formatted'}>
            <Reader desk={desk} overview={overview} actions={actions} saving={saving} scroller={reader} />
          </TextForm>
          <Below desk={desk} actions={actions} saving={saving} />
          <WhyBar reasons={desk.reasoning.reasons} actions={actions} />
          <ActionBar desk={desk} actions={actions} />
        </div>
        {isGuided && <Guidelines />}
      </div>
      {writes.failure !== null && (
        <div className={styles.failure}>
          <p>Couldn’t save your last action:</p>
          <ErrorCard
            error={writes.failure.error}
            onRetry={() => {
              if (writes.failure?.spot != null) queue.go(writes.failure.spot)
              writes.clearFailure()
            }}
            retry={writes.failure.spot === null ? 'Close' : 'Go to that pair'}
          />
        </div>
      )}
      <BatchBar batches={overview.batches} />
      <BulkDialog runId={overview.runId} filter={filter} opened={isBulk} onClose={() => setBulk(false)} />
    </div>
  )
}
