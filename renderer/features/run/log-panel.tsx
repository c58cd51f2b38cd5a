import { Button, CopyButton } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { LoggedEvent } from '../../../main/shared/contract/rows-contract.ts'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { orpc } from '../../api/client.ts'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { eventLine } from './event-line.ts'
import styles from './log-panel.module.css'

const perPage = 200

/** The run's log, latest entry last. */
export function LogPanel({ run }: { readonly run: RunDetails }) {
  const query = useInfiniteQuery(
    orpc.rows.log.infiniteOptions({
      input: (before: number | null) => ({ runId: run.id, before, limit: perPage }),
      initialPageParam: null,
      getNextPageParam: ({ events, hasMore }) => (hasMore ? (events[0]?.id ?? null) : null),
    }),
  )
  const pages = query.data?.pages ?? []
  const events = pages.toReversed().flatMap((page) => page.events)
  return (
    <Panel
      title="Log"
      corner={
        <CopyButton value={events.map(lineOf).join('\n')}>
          {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}
        </CopyButton>
      }
      flush
    >
      <QueryView query={{ ...query, data: query.data === undefined ? undefined : events } as never}>
        {() => <Lines events={events} hasMore={query.hasNextPage} onMore={() => void query.fetchNextPage()} />}
      </QueryView>
    </Panel>
  )
}

const timeOf = (at: string): string => new Date(at).toLocaleTimeString('en-GB')

const lineOf = ({ at, event }: LoggedEvent): string => `${at} ${eventLine(event).text}`

interface LinesProps {
  readonly events: readonly LoggedEvent[]
  readonly hasMore: boolean
  readonly onMore: () => void
}

/** Follows the end unless the user has scrolled up. */
function Lines({ events, hasMore, onMore }: LinesProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: must scroll on new events
  useEffect(() => {
    if (isAtEnd.current && scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight
  }, [events.length])
  return (
    <div
      ref={scroller}
      className={styles.scroll}
      role="log"
      aria-label="Log"
      aria-live="off"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroll container must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 24
      }}
    >
      {hasMore && (
        <Button variant="subtle" onClick={onMore}>
          Show earlier
        </Button>
      )}
      {events.length === 0 && <p className="dim">No events yet.</p>}
      {events.map((logged) => {
        const { tone, text } = eventLine(logged.event)
        return (
          <div key={logged.id} className={styles.line} data-tone={tone}>
            <time dateTime={logged.at} title={logged.at}>
              {timeOf(logged.at)}
            </time>
            <span>{text}</span>
          </div>
        )
      })}
    </div>
  )
}
