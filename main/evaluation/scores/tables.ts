import { labelKind, namedKind, wordsOf } from './label-words.ts'
import type { Labelled } from './score-labels.ts'
import { readStatedNumber } from './stated-number.ts'

const row = /^ ?\|.*\|? ?$/
const rule = /^[ |:+=-]*$/

/** Splits off a text's Markdown tables, with the labeled numbers in their rows. */
export function withoutTables(text: string): { prose: string; rows: Labelled[] } {
  if (!text.includes('|')) return { prose: text, rows: [] }
  const bare = /^ ?:?-{2,}:? ?\|[ :|-]*$/m.test(text)
  const prose: string[] = []
  const rows: Labelled[] = []
  let table: string[][] = []
  let at = 0
  const close = () => {
    rows.push(...tableLabels(table, at))
    table = []
  }
  for (const line of text.split('\n')) {
    const isRow = (row.test(line) || (bare && line.includes('|'))) && !line.includes('<|')
    if (isRow && !rule.test(line)) table.push(cellsOf(line))
    if (!isRow && table.length > 0) close()
    prose.push(isRow ? '' : line)
    at += isRow ? 1 : line.length + 1
  }
  close()
  return { prose: prose.join('\n'), rows }
}

const cellsOf = (line: string): string[] =>
  line
    .replace(/^ ?\|/, '')
    .replace(/\| ?$/, '')
    .split('|')
    .map((cell) => cell.trim())

/** The labeled numbers of a table: from its rows if the first cell names the score, or from its columns if it has a single row. */
function tableLabels(table: readonly string[][], at: number): Labelled[] {
  const headings = table[0]?.every((cell) => !/^\d/.test(cell)) ? table[0] : []
  const body = headings.length > 0 && table.length > 1 ? table.slice(1) : table
  const column = headings.findIndex((heading, index) => index > 0 && /plain|total/.test(namedKind(wordsOf(heading))?.kind ?? ''))
  const rows = body.flatMap((cells) => rowLabels(cells, headings, column, at))
  if (rows.length > 0 || body.length !== 1 || headings.length === 0) return rows
  return headings.flatMap((heading, index) => cellLabels(heading, body[0][index] ?? '', at))
}

function rowLabels(cells: readonly string[], headings: readonly string[], column: number, at: number): Labelled[] {
  const numbers = cells.flatMap((cell, index) => (index > 0 && /\d/.test(cell) && !isBound(headings[index]) ? [index] : []))
  const own = column > 0 ? column : (numbers[0] ?? 1)
  const found = cellLabels(cells[0] ?? '', cells[own] ?? '', at).map((label) =>
    column > 0 || numbers.length < 2 ? label : { ...label, value: null },
  )
  const bounds = cells.flatMap((cell, index) =>
    index > 0 && index !== own && isBound(headings[index]) ? cellLabels('maximum score', cell, at) : [],
  )
  return found.length > 0 ? [...found, ...bounds] : []
}

const isBound = (heading: string | undefined): boolean => heading !== undefined && labelKind(wordsOf(heading), []) === 'bound'

/** `| Score | 4 |`: a cell that names a score, and the cell with its value. */
function cellLabels(name: string, cell: string, at: number): Labelled[] {
  const words = wordsOf(name.replace(/\([^()]*\)/g, ''))
  const named = words.length > 5 ? null : namedKind(words)
  if (named === null) return []
  const number = readStatedNumber(cell, 0)
  if (number === null) return []
  const isWhole = /^[\s.)"'⟧]*(?:\(.*)?$/.test(cell.slice(number.end))
  return [
    {
      ...named,
      label: words.join(' ').toLowerCase(),
      isStrong: true,
      value: isWhole ? number.value : null,
      scaled: number.scaled,
      at,
      end: at,
    },
  ]
}
