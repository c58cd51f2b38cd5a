import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useEffect, useRef } from 'react'
import type { QueueEntry } from '../../../main/shared/contract/review-contract.ts'
import styles from './queue-list.module.css'
import type { Spot } from './queue-order.ts'
import { marginText } from './reward-text.ts'

const rowHeight = 32

interface QueueListProps {
  readonly entries: readonly QueueEntry[]
  readonly index: number
  /** Hides margins, which come from the judge's scores. */
  readonly isBlind: boolean
  readonly onChoose: (spot: Spot) => void
}

/** The queue; only visible rows are rendered. It scrolls on its own only to keep the current pair visible. */
export function QueueList({ entries, index, isBlind, onChoose }: QueueListProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  useEffect(() => {
    if (index >= 0) virtualizer.scrollToIndex(index, { align: 'auto' })
  }, [index, virtualizer])
  return (
    <div className={styles.scroller} ref={scroller} data-queue>
      <ul className={styles.list} style={{ height: virtualizer.getTotalSize() }} aria-label="Queue">
        {virtualizer.getVirtualItems().map((row) => (
          <li
            key={row.key}
            className={styles.place}
            style={{ transform: `translateY(${row.start}px)` }}
            aria-setsize={entries.length}
            aria-posinset={row.index + 1}
          >
            <Row entry={entries[row.index]} isHere={row.index === index} isBlind={isBlind} onChoose={onChoose} />
          </li>
        ))}
      </ul>
    </div>
  )
}

interface RowProps {
  readonly entry: QueueEntry
  readonly isHere: boolean
  readonly isBlind: boolean
  readonly onChoose: (spot: Spot) => void
}

const Row = memo(function Row({ entry, isHere, isBlind, onChoose }: RowProps) {
  const mark = markOf(entry)
  return (
    <button
      type="button"
      tabIndex={isHere ? 0 : -1}
      className={styles.row}
      aria-current={isHere}
      onClick={(event) => {
        event.currentTarget.blur()
        onChoose(entry)
      }}
    >
      <span className={styles.mark} data-kind={mark.kind} title={mark.words}>
        <span aria-hidden>{mark.sign}</span>
        <span className="visually-hidden">{mark.words}: </span>
      </span>
      <span className={styles.text}>
        {entry.place > 0 && <span className="dim">pair {entry.place + 1}: </span>}
        {entry.preview}
      </span>
      {entry.noted && (
        <span className={styles.note} title="Has a note">
          ✎<span className="visually-hidden"> has a note</span>
        </span>
      )}
      {!isBlind && (
        <span className={styles.margin} title="Margin between the two scores">
          {entry.margin === null ? '' : marginText(entry.margin)}
        </span>
      )}
    </button>
  )
})

/** A pair's state as one symbol. */
function markOf({ decision, rescored, pairId }: QueueEntry): { sign: string; kind: string; words: string } {
  switch (decision) {
    case 'agree':
      return { sign: '✓', kind: 'user', words: 'agrees with the judge' }
    case 'swap':
      return { sign: '⇄', kind: 'user', words: 'flipped' }
    case 'tie':
      return { sign: '=', kind: 'out', words: 'tie' }
    case 'both-bad':
      return { sign: '✕', kind: 'out', words: 'both bad' }
    case 'edit':
      return { sign: '¶', kind: 'user', words: 'edited' }
    default:
      if (rescored) return { sign: '±', kind: 'user', words: 'rescored' }
      return pairId === null ? { sign: '–', kind: 'none', words: 'no pair' } : { sign: '○', kind: 'none', words: 'unreviewed' }
  }
}
