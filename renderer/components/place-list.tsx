import { IconBox, IconFile, IconFolder } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import type { PlaceEntry, PlaceKind } from '../../main/shared/contract/places-contract.ts'
import { bytes, count, moment } from './format.ts'
import styles from './place-dialog.module.css'
import { isChoosable } from './places-of-machine.ts'

interface PlaceListProps {
  readonly entries: readonly PlaceEntry[]
  readonly kind: PlaceKind
  readonly active: string | null
  readonly select: (entry: PlaceEntry) => void
  readonly enter: (entry: PlaceEntry) => void
  readonly leftOut: number
  readonly isFiltered: boolean
}

/** A row's element id, for `aria-activedescendant`. */
export const placeId = (index: number): string => `place-${index}`

const rowHeight = 32

/** A folder's contents; only visible rows are rendered. */
export function PlaceList({ entries, kind, active, select, enter, leftOut, isFiltered }: PlaceListProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  })
  const activeIndex = entries.findIndex((entry) => entry.name === active)
  useEffect(() => {
    if (activeIndex >= 0) rows.scrollToIndex(activeIndex)
  }, [activeIndex, rows])
  return (
    <div ref={scroller} className={styles.list}>
      {entries.length === 0 && <p className={styles.nothing}>{nothing(kind, isFiltered)}</p>}
      <div id="places" role="listbox" aria-label="Contents" className={styles.rows} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const entry = entries[index]
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the filter field handles the keyboard
            <div
              key={entry.name}
              id={placeId(index)}
              role="option"
              tabIndex={-1}
              aria-selected={entry.name === active}
              aria-posinset={index + 1}
              aria-setsize={entries.length}
              className={styles.row}
              data-dim={entry.kind === 'file' && !isChoosable(entry, kind)}
              style={{ transform: `translateY(${start}px)` }}
              onClick={() => select(entry)}
              onDoubleClick={() => enter(entry)}
            >
              <EntryIcon entry={entry} />
              <span className={styles.name}>{entry.name}</span>
              {entry.isModel && <span className={styles.tag}>model</span>}
              <span className={styles.size}>{entry.bytes === null ? '' : bytes(entry.bytes)}</span>
              <span className={styles.when}>{moment(entry.modified)}</span>
            </div>
          )
        })}
      </div>
      {leftOut > 0 && <p className={styles.nothing}>{count(leftOut)} more aren’t listed. Type the path instead.</p>}
    </div>
  )
}

function EntryIcon({ entry }: { readonly entry: PlaceEntry }) {
  const Icon = entry.isModel ? IconBox : entry.kind === 'folder' ? IconFolder : IconFile
  return <Icon size={16} stroke={1.6} aria-label={entry.isModel ? 'model' : entry.kind} className={styles.icon} />
}

function nothing(kind: PlaceKind, isFiltered: boolean): string {
  if (isFiltered) return 'Nothing here matches the filter.'
  if (kind === 'folder') return 'No folders here.'
  if (kind === 'model') return 'No folders or model files here.'
  return 'This folder is empty or has no matching files.'
}
