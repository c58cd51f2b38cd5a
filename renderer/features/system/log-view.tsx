import { Button, CopyButton, SegmentedControl, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import { type LogEntry, type LogLevel, logLevel } from '../../../main/shared/contract/events-contract.ts'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { count } from '../../components/format.ts'
import { ScrollArea } from '../../components/scroll-area.tsx'
import styles from './system.module.css'
import { logActions } from './system-actions.ts'
import { useLog } from './use-log.ts'

const levels = logLevel.options

const lineOf = ({ at, level, source, text }: LogEntry): string => `${at} ${level} ${source}: ${text}`

/** The live log of Laurel and its engines. */
export function LogView() {
  const entries = useLog()
  const folder = useQuery(orpc.system.logFolder.queryOptions())
  const [level, setLevel] = useState<LogLevel>('info')
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  const shown = entries.filter(
    (entry) => levels.indexOf(entry.level) >= levels.indexOf(level) && (wanted === '' || lineOf(entry).toLowerCase().includes(wanted)),
  )
  const field = useRef<HTMLInputElement>(null)
  useScreenActions(logActions, { filter: { perform: () => field.current?.focus() } })
  return (
    <>
      <div className={styles.inline} style={{ alignItems: 'center' }}>
        <SegmentedControl
          aria-label="Level"
          data={[
            { value: 'debug', label: 'All' },
            { value: 'info', label: 'Info' },
            { value: 'warning', label: 'Warnings' },
            { value: 'error', label: 'Errors' },
          ]}
          value={level}
          onChange={(value) => setLevel(value as LogLevel)}
        />
        <TextInput
          ref={field}
          placeholder="Filter"
          aria-label="Filter"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          w={280}
        />
        <span className="dim">
          {count(shown.length)} of {count(entries.length)} lines
        </span>
        <span className={styles.push} />
        <CopyButton value={shown.map(lineOf).join('\n')}>
          {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy lines'}</Button>}
        </CopyButton>
        <CopyButton value={folder.data ?? ''}>
          {({ copied, copy }) => (
            <Button onClick={copy} title={folder.data}>
              {copied ? 'Copied' : 'Copy folder'}
            </Button>
          )}
        </CopyButton>
      </div>
      <Lines entries={shown} />
    </>
  )
}

const lineHeight = 24

/** Keeps the newest line in view unless the user has scrolled up. */
function Lines({ entries }: { readonly entries: readonly LogEntry[] }) {
  const scroller = useRef<HTMLElement>(null)
  const isAtEnd = useRef(true)
  const lines = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 20,
  })
  const { length } = entries
  useEffect(() => {
    if (isAtEnd.current && length > 0) lines.scrollToIndex(length - 1, { align: 'end' })
  }, [length, lines])
  return (
    <ScrollArea
      ref={scroller}
      className={styles.log}
      label="Log"
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        isAtEnd.current = scrollTop + clientHeight > scrollHeight - 2 * lineHeight
      }}
    >
      {length === 0 && <p className={styles.hint}>No matching log entries.</p>}
      <div className={styles.lines} style={{ height: lines.getTotalSize() }}>
        {lines.getVirtualItems().map(({ index, start }) => {
          const { at, level, source, text } = entries[index]
          return (
            <div
              key={index}
              ref={lines.measureElement}
              data-index={index}
              className={styles.line}
              data-level={level}
              style={{ transform: `translateY(${start}px)` }}
            >
              <time dateTime={at} title={at} className="dim">
                {at.slice(11, 23)}
              </time>
              <span className={styles.level}>{level}</span>
              <span className="dim">{source}</span>
              <span className={styles.words}>{text}</span>
            </div>
          )
        })}
      </div>
    </ScrollArea>
  )
}
