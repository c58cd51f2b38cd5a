import type { ChartTable } from './chart-table.ts'
import styles from './table-view.module.css'
import { reading } from './ticks.ts'

/** The most rows shown; the CSV has all of them. */
const mostRows = 300

/** Minimum height, pixels. */
const least = 160

interface TableViewProps {
  readonly label: string
  readonly table: ChartTable
  /** Height of the drawing it replaces, pixels; if omitted, the table is as high as its rows. */
  readonly height?: number
}

/** A chart's table. */
export function TableView({ label, table: { columns, rows }, height }: TableViewProps) {
  return (
    <section
      className={styles.scroll}
      aria-label={`${label}, as a table`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroll container must be reachable by keyboard
      tabIndex={0}
      style={height === undefined ? undefined : { height: Math.max(least, height) }}
    >
      <table className={styles.table}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, mostRows).map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a chart have no other key
            <tr key={i}>
              {row.map((cell, column) => (
                <td key={columns[column]} data-number={typeof cell === 'number' || undefined}>
                  {typeof cell === 'number' ? reading(cell) : (cell ?? '–')}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > mostRows && (
        <p className="dim">
          Showing the first {mostRows} of {rows.length.toLocaleString('en-US')} rows. The CSV has all of them.
        </p>
      )}
    </section>
  )
}
