import type { BadJsonLine, JsonLine } from '../../common/jsonl.ts'
import { isObject } from '../../shared/is-object.ts'
import { pythonLiteral } from './python-literal.ts'

/** Columns with numeric cells in every format that has them. */
const numbers = new Set(['rank', 'score_chosen', 'score_rejected', 'iteration', 'prompt_number'])
const booleans = new Set(['classification'])
/** Columns whose cells can be lists or objects, in JSON or as Python prints them. */
const documents =
  /^(judgements_chosen|judgements_rejected|review_reasons|requirements|weights|messages|conversations?|history|turns|instances|replies|answers|responses|generations|scores|ratings|ranks|completions|labels)$/
/** Text columns whose cells can also be messages. */
const spoken = /^(prompt|completion|chosen|rejected)$/

export interface Table {
  readonly rows: JsonLine[]
  readonly bad: BadJsonLine[]
  /** How the table was read, where that isn't obvious. */
  readonly notes: string[]
  /** Why the whole table can't be read. */
  readonly refusal?: string
}

/**
 * The rows of a table (RFC 4180): the first line names the columns, and a quoted cell can contain the separator, line breaks, and doubled
 * quotation marks. A row's line is the one it starts on. An empty cell is a missing field. A byte-order mark, CRLF, and Excel's first line
 * `sep=;` are allowed. The separator is `given`, or detected from the first line: the one of `separatorNames` that gives the most columns.
 */
export function readCsvRows(content: string, expected: ',' | '\t', given?: string): Table {
  const { text, firstLine, named } = withoutSeparatorLine(content)
  const separator = given ?? named ?? separatorOf(text, expected)
  const [head, ...tableRows] = cut(text, separator, firstLine)
  const rows: JsonLine[] = []
  const bad: BadJsonLine[] = []
  const notes = separator === expected ? [] : [`Columns are separated by ${separatorNames[separator] ?? `"${separator}"`}.`]
  if (head === undefined) return { rows, bad, notes }
  const names = head.cells.map((name, i) => name.trim() || `column ${i + 1}`)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) return { rows, bad, notes, refusal: `two columns are named "${twice}"` }
  let escaped = 0
  const readCell = (name: string, cell: string): unknown => {
    const plain = unescaped(cell)
    if (plain !== cell) escaped++
    return cellValue(name.toLowerCase(), plain, separator === ';')
  }
  for (const { line, cells, problem } of tableRows) {
    if (cells.length === 1 && cells[0] === '') continue
    const count = cells.slice(names.length).every((cell) => cell === '') ? Math.min(cells.length, names.length) : cells.length
    if (problem !== undefined) bad.push({ line, reason: problem })
    else if (count !== names.length) bad.push({ line, reason: `${cells.length} cells, but ${names.length} columns` })
    else
      rows.push({
        line,
        value: Object.fromEntries(names.flatMap((name, i) => (cells[i] === '' ? [] : [[name, readCell(name, cells[i])]]))),
      })
  }
  if (escaped > 0) notes.push(`Removed the apostrophe that keeps spreadsheets from running text as a formula (${escaped} cells).`)
  return { rows, bad, notes }
}

/** Undoes the escaping for spreadsheets (`../exporters/csv.ts`). */
const unescaped = (cell: string): string => (/^'+[=+\-@\t\r\n]/.test(cell) ? cell.slice(1) : cell)

const separatorNames: Readonly<Record<string, string>> = {
  ...{ ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' },
  ...{ '^': 'carets', '~': 'tildes', '¦': 'broken bars', '\x01': 'control characters (1)', '\x1f': 'control characters (31)' },
}

/** What precedes the column names: blank lines, and Excel's hint (`sep=;`). */
function withoutSeparatorLine(content: string): { text: string; firstLine: number; named?: string } {
  const whole = content.startsWith('\uFEFF') ? content.slice(1) : content
  const [blank] = /^(?:\r?\n)*/.exec(whole) ?? ['']
  const text = whole.slice(blank.length)
  const firstLine = 1 + lineBreaks(blank, 0, blank.length)
  const hint = /^"?sep=(.)"?\r?\n/.exec(text)
  return hint === null ? { text, firstLine } : { text: text.slice(hint[0].length), firstLine: firstLine + 1, named: hint[1] }
}

/** The separator that gives the most column names in the first line; in a tie, the one expected for this kind of file. */
function separatorOf(text: string, expected: string): string {
  const end = text.search(/[\r\n]/)
  const head = end === -1 ? text : text.slice(0, end)
  const counts = [expected, ...Object.keys(separatorNames)].map((separator) => ({
    separator,
    names: cut(head, separator, 1)[0]?.cells.length ?? 0,
  }))
  return counts.reduce((best, one) => (one.names > best.names ? one : best)).separator
}

/** A number, list, or message if the column has such cells; the importer reports any other text. */
function cellValue(name: string, cell: string, hasDecimalCommas: boolean): unknown {
  if (numbers.has(name)) {
    const number = hasDecimalCommas ? cell.replace(/^(\s*[+-]?\d+),(\d+\s*)$/, '$1.$2') : cell
    return cell.trim() !== '' && Number.isFinite(Number(number)) ? Number(number) : cell
  }
  if (booleans.has(name) && /^(true|false)$/i.test(cell)) return cell.toLowerCase() === 'true'
  if (documents.test(name) && /^\s*[[{]/.test(cell)) return parsedOr(cell, () => true)
  if (spoken.test(name) && /^\s*(?:\[\s*)?\{/.test(cell)) return parsedOr(cell, isSpoken)
  return cell
}

const isMessage = (value: unknown): boolean =>
  isObject(value) && (('role' in value && 'content' in value) || ('from' in value && 'value' in value))

const isSpoken = (value: unknown): boolean => (Array.isArray(value) ? value.every(isMessage) : isMessage(value))

function parsedOr(cell: string, accepts: (value: unknown) => boolean): unknown {
  for (const parse of [JSON.parse, pythonLiteral]) {
    try {
      const value: unknown = parse(cell)
      if (accepts(value)) return value
    } catch {
      // the other form, or text
    }
  }
  return cell
}

interface TableRow {
  readonly line: number
  readonly cells: string[]
  /** Why it isn't a valid table row. */
  readonly problem?: string
}

interface Cell {
  readonly text: string
  readonly end: number
  readonly problem?: string
}

/** Splits a table into rows and cells. A quotation mark inside an unquoted cell is a plain character. */
function cut(text: string, separator: string, firstLine: number): TableRow[] {
  const lineEnd = text.includes('\n') ? '\n' : '\r' // carriage returns alone: classic Mac OS
  const rows: TableRow[] = []
  let line = firstLine
  for (let at = 0; at < text.length; ) {
    const cells: string[] = []
    const start = at
    let problem: string | undefined
    for (;;) {
      const cell = text[at] === '"' ? quotedCell(text, at, separator, lineEnd) : plainCell(text, at, separator, lineEnd)
      cells.push(cell.text)
      problem ??= cell.problem
      at = cell.end
      if (text[at] !== separator) break
      at++
    }
    if (text[at] === '\r' && lineEnd === '\n') at++
    if (text[at] === lineEnd) at++
    rows.push({ line, cells, problem })
    line += lineBreaks(text, start, at)
  }
  return rows
}

/**
 * A cell that starts with a quotation mark. `"so" he said` is a plain cell; text after a closing quotation mark hides where the cell ends.
 */
function quotedCell(text: string, at: number, separator: string, lineEnd: string): Cell {
  let close = text.indexOf('"', at + 1)
  while (close !== -1 && text[close + 1] === '"') close = text.indexOf('"', close + 2)
  const inner = text.slice(at + 1, close === -1 ? undefined : close)
  const unquoted = inner.replaceAll('""', '"')
  if (close === -1) return { text: unquoted, end: text.length, problem: 'missing closing quotation mark' }
  const rest = plainCell(text, close + 1, separator, lineEnd)
  if (rest.text === '') return { text: unquoted, end: rest.end }
  if (!inner.includes(separator) && !inner.includes(lineEnd)) return { text: text.slice(at, rest.end), end: rest.end }
  return { text: unquoted, end: rest.end, problem: 'text after a closing quotation mark' }
}

function plainCell(text: string, at: number, separator: string, lineEnd: string): Cell {
  let end = at
  while (end < text.length && text[end] !== separator && text[end] !== lineEnd) end++
  const hasReturn = end > at && text[end] === '\n' && text[end - 1] === '\r' // CRLF; a carriage return elsewhere is a plain character
  return { text: text.slice(at, hasReturn ? end - 1 : end), end: hasReturn ? end - 1 : end }
}

function lineBreaks(text: string, from: number, to: number): number {
  let count = 0
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count++
  return count
}
