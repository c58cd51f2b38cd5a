/**
 * A table in RFC 4180 format: the column names, then the rows. Cells are quoted where necessary, and null is an empty cell. Text that a
 * spreadsheet would run as a formula is prefixed with an apostrophe, which Laurel's import removes.
 */
export function* csvLines(names: readonly string[], rows: Iterable<Readonly<Record<string, unknown>>>): Generator<string> {
  yield `${names.map(cell).join(',')}\n`
  for (const row of rows) yield `${names.map((name) => cell(row[name])).join(',')}\n`
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : typeof value === 'string' ? harmless(value) : String(value)
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Numbers stay numbers. Escapes text that starts like a formula or like an escaped one. */
const harmless = (text: string): string => (/^'*[=+\-@\t\r\n]/.test(text) ? `'${text}` : text)
