import { useQueries, useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useRef, useState } from 'react'
import type { DataRow } from '../../../main/shared/contract/datasets-contract.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { count } from '../../components/format.ts'
import { Loading } from '../../components/loading.tsx'
import { QueryView } from '../../components/query-view.tsx'
import styles from './row-browser.module.css'
import { RowView } from './row-view.tsx'

const pageSize = 100
const rowHeight = 32

/** A virtualized list of a data set's rows, with the chosen row in full. Fetches and draws only visible rows. */
export function RowBrowser({ id, search }: { readonly id: string; readonly search: string }) {
  const [chosen, setChosen] = useState<number>() // index in the set
  const scroller = useRef<HTMLDivElement>(null)
  const page = (n: number) =>
    orpc.data.rows.queryOptions({ input: { id, search, offset: n * pageSize, limit: pageSize }, placeholderData: (before) => before })
  const first = useQuery(page(0))
  const total = first.data?.total ?? 0
  const list = useVirtualizer({ count: total, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 12 })
  const items = list.getVirtualItems()
  const pages = [...new Set(items.map(({ index }) => Math.floor(index / pageSize)))]
  const fetched = useQueries({ queries: pages.map(page) })
  const rowAt = (index: number): DataRow | undefined => {
    const at = pages.indexOf(Math.floor(index / pageSize))
    return fetched[at]?.data?.rows[index % pageSize]
  }
  const current = chosen ?? first.data?.rows[0]?.index
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' || event.key === 'j' ? 1 : event.key === 'ArrowUp' || event.key === 'k' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const at = items.find(({ index }) => rowAt(index)?.index === current)?.index ?? 0
    const next = rowAt(at + step)
    if (next === undefined) return
    setChosen(next.index)
    list.scrollToIndex(at + step)
  }

  if (first.isError) return <ErrorCard error={first.error} onRetry={() => void first.refetch()} />
  if (first.data === undefined) return <Loading />
  return (
    <>
      <div className="dim" role="status">
        {rowsText(total, search.trim())}
      </div>
      <div className={styles.browser}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the rows inside are buttons; arrows move between them */}
        <div ref={scroller} className={styles.list} onKeyDown={onKeyDown}>
          <div className={styles.virtual} style={{ height: list.getTotalSize() }}>
            {items.map(({ index, start }) => (
              <Item key={index} row={rowAt(index)} start={start} current={current} onChoose={setChosen} />
            ))}
          </div>
        </div>
        <div className={styles.detail}>{current !== undefined && total > 0 && <Whole id={id} index={current} />}</div>
      </div>
    </>
  )
}

function rowsText(total: number, search: string): string {
  const rows = total === 1 ? '1 row' : `${count(total)} rows`
  return search === '' ? rows : `${rows} ${total === 1 ? 'contains' : 'contain'} “${search}”`
}

interface ItemProps {
  readonly row: DataRow | undefined
  readonly start: number
  readonly current: number | undefined
  readonly onChoose: (index: number) => void
}

function Item({ row, start, current, onChoose }: ItemProps) {
  const style = { transform: `translateY(${start}px)` }
  if (row === undefined) return <div className={styles.item} style={style} aria-hidden />
  return (
    <button
      type="button"
      className={styles.item}
      style={style}
      aria-current={row.index === current || undefined}
      onClick={() => onChoose(row.index)}
    >
      <span className="dim">{count(row.index + 1)}</span>
      <span className={styles.cell}>{row.prompt}</span>
      <span className={`${styles.cell} dim`}>{row.answers[0]?.text}</span>
    </button>
  )
}

function Whole({ id, index }: { readonly id: string; readonly index: number }) {
  const row = useQuery(orpc.data.row.queryOptions({ input: { id, index }, placeholderData: (before) => before }))
  return <QueryView query={row}>{(found) => <RowView row={found} />}</QueryView>
}
