/** A chart's data as a table: for reading, for screen readers, and for spreadsheets. */
export interface ChartTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number | null)[])[]
}

/** Comma-separated values (RFC 4180). A missing value is an empty cell. */
export const toCsv = ({ columns, rows }: ChartTable): string =>
  [columns, ...rows].map((row) => `${row.map((cell) => csvCell(cell ?? '')).join(',')}\r\n`).join('')

/** Begins a formula in a spreadsheet, which a text of a model must not become. */
const formula = /^[=+\-@\t\r]/

function csvCell(cell: string | number): string {
  const text = typeof cell === 'string' && formula.test(cell) ? `'${cell}` : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
