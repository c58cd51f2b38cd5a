import { ActionIcon, Menu } from '@mantine/core'
import { IconDots, IconDownload, IconPhoto, IconTable } from '@tabler/icons-react'
import { type ReactNode, useRef, useState } from 'react'
import { Term } from '../term.tsx'
import styles from './chart-card.module.css'
import { type ChartTable, toCsv } from './chart-table.ts'
import { download } from './download.ts'
import { drawPng } from './export-png.ts'
import { TableView } from './table-view.tsx'

interface ChartCardProps {
  readonly title: string
  /** What the chart shows, and how to read it. */
  readonly about?: ReactNode
  /** Text alternative for screen readers. */
  readonly summary: string
  readonly table: () => ChartTable
  /** Current values, next to the title. */
  readonly readout?: ReactNode
  readonly children: ReactNode
}

/** A chart with its title, and a menu to show it as a table or save it as CSV or PNG. */
export function ChartCard({ title, about, summary, table, readout, children }: ChartCardProps) {
  const drawing = useRef<HTMLElement>(null)
  const body = useRef<HTMLDivElement>(null)
  const height = useRef(0)
  const [asTable, setAsTable] = useState(false)
  /** The table gets the drawing's height. */
  const toggleTable = (): void => {
    if (body.current) height.current = body.current.getBoundingClientRect().height
    setAsTable(!asTable)
  }
  const file = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  const saveCsv = (): void => download(`${file}.csv`, new Blob([toCsv(table())], { type: 'text/csv' }))
  const savePng = (): void => {
    if (drawing.current) void drawPng(drawing.current).then((picture) => download(`${file}.png`, picture))
  }
  return (
    <figure ref={drawing} className={styles.card}>
      <figcaption className={styles.head}>
        <span className={styles.title} data-draw>
          {about === undefined ? title : <Term means={about}>{title}</Term>}
        </span>
        <span className={styles.readout}>{readout}</span>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon size="sm" aria-label={`${title}: table and export`}>
              <IconDots size={14} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconTable size={14} aria-hidden />} onClick={toggleTable}>
              {asTable ? 'Show as chart' : 'Show as table'}
            </Menu.Item>
            <Menu.Item leftSection={<IconDownload size={14} aria-hidden />} onClick={saveCsv}>
              Save as CSV
            </Menu.Item>
            <Menu.Item leftSection={<IconPhoto size={14} aria-hidden />} disabled={asTable} onClick={savePng}>
              Save as PNG
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </figcaption>
      {asTable ? (
        <TableView label={title} table={table()} height={height.current} />
      ) : (
        <div ref={body}>
          <p className="visually-hidden">{summary}</p>
          {children}
        </div>
      )}
    </figure>
  )
}
