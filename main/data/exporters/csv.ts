/**
 * A table as RFC 4180 has it: the names first, then the rows. A cell is quoted where it must be; null is an empty cell. A text that a spreadsheet
 * would run as a formula has an apostrophe before it, which Laurel's import takes away again.
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

/** Numbers stay numbers; a text that begins like a formula, or like an escaped one, is escaped. */
const harmless = (text: string): string => (/^'*[=+\-@\t\r\n]/.test(text) ? `'${text}` : text)
