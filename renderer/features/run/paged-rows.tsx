import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useRef } from 'react'
import { ErrorCard } from '../../components/error-card.tsx'
import { count } from '../../components/format.ts'
import { Loading } from '../../components/loading.tsx'
import styles from './paged-rows.module.css'

/** The parts of an infinite query used here. */
interface PagedQuery<Row> {
  readonly data: { readonly pages: readonly { readonly total: number; readonly rows: readonly Row[] }[] } | undefined
  readonly error: unknown
  readonly isError: boolean
  readonly hasNextPage: boolean
  readonly isFetchingNextPage: boolean
  readonly fetchNextPage: () => unknown
  readonly refetch: () => unknown
}

interface PagedRowsProps<Row> {
  readonly label: string
  readonly query: PagedQuery<Row>
  readonly filter?: ReactNode
  readonly keyOf: (row: Row) => number
  readonly children: (row: Row) => ReactNode
}

export const rowsPerPage = 100

/** Offset of the next page; null: no more. */
export const nextOffset = (_: unknown, pages: readonly { readonly total: number; readonly rows: readonly unknown[] }[]): number | null => {
  const loaded = pages.reduce((sum, { rows }) => sum + rows.length, 0)
  return loaded < pages[pages.length - 1].total && pages[pages.length - 1].rows.length > 0 ? loaded : null
}

/** A list of any length: pages are fetched while scrolling, and only visible rows are rendered. */
export function PagedRows<Row>({ label, query, filter, keyOf, children }: PagedRowsProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null)
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? []
  const total = query.data?.pages[0]?.total ?? 0
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 84,
    overscan: 6,
    getItemKey: (place) => keyOf(rows[place]),
  })
  const items = virtual.getVirtualItems()
  const lastShown = items.at(-1)?.index ?? 0
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastShown >= rows.length - 20) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, lastShown, rows.length, fetchNextPage])
  return (
    <div className={styles.frame}>
      <div className={styles.bar}>
        <span className="dim">{query.data === undefined ? '' : `${count(total)} rows`}</span>
        {filter}
      </div>
      {query.isError && <ErrorCard error={query.error} onRetry={() => void query.refetch()} />}
      {query.data === undefined && !query.isError && <Loading />}
      {query.data !== undefined && total === 0 && <p className="dim">Nothing here.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scroll container must be reachable by keyboard */}
      <section ref={scroller} className={styles.scroll} aria-label={label} tabIndex={0}>
        <ol className={styles.rows} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => (
            <li
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              className={styles.row}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {children(rows[item.index])}
            </li>
          ))}
        </ol>
      </section>
    </div>
  )
}
