/** What a chart shows, as a table: for reading, for screen readers, and for a spreadsheet. */
export interface ChartTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number | null)[])[]
}

/** Comma-separated values (RFC 4180). What is no number is left empty. */
export const toCsv = ({ columns, rows }: ChartTable): string =>
  [columns, ...rows].map((row) => `${row.map((cell) => csvCell(cell ?? '')).join(',')}\r\n`).join('')

function csvCell(cell: string | number): string {
  const text = String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
