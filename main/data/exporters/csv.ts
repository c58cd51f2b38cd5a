/** A table as RFC 4180 has it: the names first, then the rows. A cell is quoted where it must be; null is an empty cell. */
export function* csvLines(names: readonly string[], rows: Iterable<Readonly<Record<string, unknown>>>): Generator<string> {
  yield `${names.map(cell).join(',')}\n`
  for (const row of rows) yield `${names.map((name) => cell(row[name])).join(',')}\n`
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
