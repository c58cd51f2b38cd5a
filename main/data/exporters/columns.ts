import { isObject } from '../../shared/is-object.ts'

/**
 * What a column's cells hold. `texts`: a list of texts; `messages`: [{role, content}]; `turns`: [{from, value}]; `turn`: {from, value};
 * `judgements`: [{score, text}]; `json`: anything else, or cells of several kinds.
 */
export type CellType =
  | 'text'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'numbers'
  | 'texts'
  | 'messages'
  | 'turns'
  | 'turn'
  | 'judgements'
  | 'json'

export interface Column {
  readonly name: string
  readonly type: CellType
}

type Row = Readonly<Record<string, unknown>>

/** The rows of a file to write: they can be read several times, and aren't held in memory. */
export interface DataTable {
  readonly columns: readonly Column[]
  readonly count: number
  rows(): Iterable<Row>
}

/**
 * A table of rows. Reads them once, to know their number and columns. Columns that are empty in every row are left out, unless `keepsEmpty`
 * (then they are text).
 */
export function tableOf(rows: () => Iterable<object>, { keepsEmpty = false } = {}): DataTable {
  const types = new Map<string, CellType | undefined>()
  let count = 0
  for (const row of rows()) {
    count++
    for (const [name, value] of Object.entries(row)) types.set(name, merged(types.get(name), typeOf(value)))
  }
  const columns = [...types].flatMap(([name, type]): Column[] =>
    type === undefined && !keepsEmpty ? [] : [{ name, type: type ?? 'text' }],
  )
  const names = new Set(columns.map(({ name }) => name))
  return {
    columns,
    count,
    *rows() {
      for (const row of rows()) yield Object.fromEntries(Object.entries(row).filter(([name]) => names.has(name)))
    },
  }
}

function merged(a: CellType | undefined, b: CellType | undefined): CellType | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b
  const isNumeric = (type: CellType): boolean => type === 'integer' || type === 'number'
  return isNumeric(a) && isNumeric(b) ? 'number' : 'json'
}

/** Undefined: an empty cell. */
function typeOf(value: unknown): CellType | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number'
  if (!Array.isArray(value)) return hasOnly(value, 'from', 'value') ? 'turn' : 'json'
  if (value.length === 0) return 'json'
  const entries: readonly unknown[] = value
  if (entries.every((entry) => typeof entry === 'number')) return 'numbers'
  if (entries.every((entry) => typeof entry === 'string')) return 'texts'
  if (entries.every((entry) => hasOnly(entry, 'role', 'content'))) return 'messages'
  if (entries.every((entry) => hasOnly(entry, 'from', 'value'))) return 'turns'
  return entries.every((entry) => hasOnly(entry, 'score', 'text')) ? 'judgements' : 'json'
}

const hasOnly = (value: unknown, ...names: readonly string[]): boolean =>
  isObject(value) && Object.keys(value).length === names.length && names.every((name) => name in value)
