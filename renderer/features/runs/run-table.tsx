import { Checkbox, Tooltip } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import {
  flexRender,
  getCoreRowModel,
  getFilteredRowModel,
  getSortedRowModel,
  type Header,
  type Row,
  type SortingState,
  useReactTable,
} from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { RunListing } from '../../../main/shared/contract/runs-contract.ts'
import { RunMenu } from '../../components/run-menu/run-menu.tsx'
import { columnHints, runColumns } from './run-columns.tsx'
import styles from './runs.module.css'

interface RunTableProps {
  readonly runs: readonly RunListing[]
  readonly filter: string
  /** IDs of the selected runs. */
  readonly selected: ReadonlySet<string>
  readonly onSelect: (ids: readonly string[], isSelected: boolean) => void
}

const rowHeight = 32

/** The run list: headings sort, arrow keys move, Enter or a click opens, Space or the checkbox selects. */
export function RunTable({ runs, filter, selected, onSelect }: RunTableProps) {
  const [sorting, setSorting] = useState<SortingState>([])
  const [active, setActive] = useState(0)
  const [, go] = useLocation()
  const scroller = useRef<HTMLDivElement>(null)
  const table = useReactTable({
    data: runs as RunListing[],
    columns: runColumns,
    state: { sorting, globalFilter: filter },
    onSortingChange: setSorting,
    globalFilterFn: (row, _, text: string) => matches(row.original, text),
    getColumnCanGlobalFilter: () => true,
    getRowId: ({ id }) => id,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
    getFilteredRowModel: getFilteredRowModel(),
  })
  const { rows } = table.getRowModel()
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    paddingStart: rowHeight, // the sticky header
    scrollPaddingStart: rowHeight,
  })
  const current = Math.min(active, rows.length - 1)
  const allSelected = rows.length > 0 && rows.every(({ id }) => selected.has(id))

  function onKeyDown(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget) return // a button or menu inside
    const to = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      Home: 0,
      End: rows.length - 1,
      PageDown: current + 10,
      PageUp: current - 10,
    }[event.key]
    if (event.key === ' ' && rows[current] !== undefined) {
      event.preventDefault()
      onSelect([rows[current].id], !selected.has(rows[current].id))
    }
    if (event.key === 'Enter' && rows[current] !== undefined) go(`/runs/${rows[current].id}`)
    if (to === undefined) return
    event.preventDefault()
    const next = Math.max(0, Math.min(rows.length - 1, to))
    setActive(next)
    virtual.scrollToIndex(next)
  }

  return (
    <div ref={scroller} className={styles.table}>
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table with keyboard navigation
        role="grid"
        aria-label="Runs"
        aria-rowcount={rows.length + 1}
        aria-activedescendant={rows[current] === undefined ? undefined : `run-${rows[current].id}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        className={styles.rows}
        style={{ height: virtual.getTotalSize() }}
      >
        <thead className={styles.heads}>
          <tr aria-rowindex={1} className={styles.head}>
            <th scope="col">
              <Checkbox
                aria-label="Select all"
                checked={allSelected}
                indeterminate={!allSelected && rows.some(({ id }) => selected.has(id))}
                onChange={() =>
                  onSelect(
                    rows.map(({ id }) => id),
                    !allSelected,
                  )
                }
              />
            </th>
            {table.getFlatHeaders().map((header) => (
              <Heading key={header.id} header={header} />
            ))}
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {virtual.getVirtualItems().map(({ index, start }) => (
            <RunRow
              key={rows[index].id}
              row={rows[index]}
              index={index}
              isActive={index === current}
              isSelected={selected.has(rows[index].id)}
              onSelect={(isSelected) => onSelect([rows[index].id], isSelected)}
              start={start}
              onOpen={() => go(`/runs/${rows[index].id}`)}
            />
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p className={styles.none}>No run matches “{filter}” in its name, ID, status, model, tags, or note.</p>}
    </div>
  )
}

interface RunRowProps {
  readonly row: Row<RunListing>
  readonly index: number
  readonly isActive: boolean
  readonly isSelected: boolean
  readonly onSelect: (isSelected: boolean) => void
  readonly start: number
  readonly onOpen: () => void
}

function RunRow({ row, index, isActive, isSelected, onSelect, start, onOpen }: RunRowProps) {
  return (
    <tr
      data-selected={isSelected || undefined}
      id={`run-${row.id}`}
      aria-rowindex={index + 2}
      aria-selected={isActive}
      className={styles.row}
      style={{ transform: `translateY(${start}px)` }}
      onClick={(event) => {
        if (event.currentTarget.contains(event.target as Node) && !(event.target as Element).closest('button, a, input, label')) onOpen()
      }}
    >
      <td>
        <Checkbox
          aria-label={`Select ${row.original.name}`}
          checked={isSelected}
          onChange={({ currentTarget }) => onSelect(currentTarget.checked)}
        />
      </td>
      {row.getVisibleCells().map((cell) => (
        <td key={cell.id}>{flexRender(cell.column.columnDef.cell, cell.getContext())}</td>
      ))}
      <td>
        <RunMenu run={row.original} />
      </td>
    </tr>
  )
}

function Heading({ header }: { readonly header: Header<RunListing, unknown> }) {
  const { column } = header
  const sorted = column.getIsSorted()
  const Arrow = sorted === 'asc' ? IconArrowUp : IconArrowDown
  return (
    <th scope="col" aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none'}>
      <Tooltip label={columnHints[column.id]}>
        <button type="button" className={styles.heading} onClick={column.getToggleSortingHandler()}>
          {String(column.columnDef.header)}
          {sorted !== false && <Arrow size={12} aria-hidden />}
        </button>
      </Tooltip>
    </th>
  )
}

const matches = ({ name, id, status, base_model, tags, note }: RunListing, text: string): boolean => {
  const wanted = text.trim().toLowerCase().split(/\s+/)
  const all = `${name} ${id} ${status} ${base_model} ${tags.join(' ')} ${note}`.toLowerCase()
  return wanted.every((word) => all.includes(word))
}
