import type { BadJsonLine, JsonLine } from '../common/jsonl.ts'

/** Columns whose cells are numbers in every format that has them. */
const numbers = new Set(['rank', 'score_chosen', 'score_rejected'])

/**
 * The rows of a table (RFC 4180): the first line names the columns, a quoted cell may hold the separator, line breaks and doubled quotation
 * marks. A row's line is the one it starts on. An empty cell is a missing field. A byte-order mark and CRLF are allowed.
 */
export function readCsvRows(text: string, separator: ',' | '\t'): { rows: JsonLine[]; bad: BadJsonLine[] } {
  const [head, ...tableRows] = cut(text, separator)
  const rows: JsonLine[] = []
  const bad: BadJsonLine[] = []
  if (head === undefined) return { rows, bad }
  const names = head.cells.map((name) => name.trim())
  for (const { line, cells, isOpen } of tableRows) {
    if (cells.length === 1 && cells[0] === '') continue
    if (isOpen) bad.push({ line, reason: 'a quotation mark is not closed' })
    else if (cells.length > names.length) bad.push({ line, reason: `${cells.length} cells, but ${names.length} columns are named` })
    else
      rows.push({
        line,
        value: Object.fromEntries(cells.flatMap((cell, i) => (cell === '' ? [] : [[names[i], cellValue(names[i], cell)]]))),
      })
  }
  return { rows, bad }
}

/** A number (or the list of weights) where the column holds such; the importer says what is wrong with any other text. */
function cellValue(name: string, cell: string): unknown {
  if (numbers.has(name) && cell.trim() !== '' && Number.isFinite(Number(cell))) return Number(cell)
  if (name === 'weights' && /^\[[\d.,e+\-\s]*\]$/.test(cell)) return parsedOr(cell)
  return cell
}

function parsedOr(cell: string): unknown {
  try {
    return JSON.parse(cell)
  } catch {
    return cell
  }
}

interface TableRow {
  readonly line: number
  readonly cells: string[]
  /** A quotation mark was never closed. */
  readonly isOpen: boolean
}

/** Cut a table into rows and cells. A quotation mark inside an unquoted cell is a character like any other. */
function cut(text: string, separator: string): TableRow[] {
  const quoted = '"([^"]*(?:""[^"]*)*)(?:(")|$)'
  const plain = `((?:[^${separator}\\r\\n]|\\r(?!\\n))*)`
  const cell = new RegExp(`(?:${quoted}|${plain})(${separator}|\\r?\\n|$)`, 'y')
  const rows: TableRow[] = []
  let line = 1
  for (cell.lastIndex = text.startsWith('\uFEFF') ? 1 : 0; cell.lastIndex < text.length; ) {
    const row = { line, cells: [] as string[], isOpen: false }
    for (let end = separator; end === separator; ) {
      const found = cell.exec(text)! // every text begins with a cell
      row.cells.push(found[1] === undefined ? found[3] : found[1].replaceAll('""', '"'))
      row.isOpen ||= found[1] !== undefined && found[2] === undefined
      line += found[0].split('\n').length - 1
      end = found[4]
    }
    rows.push(row)
  }
  return rows
}
