import type { JsonLine } from '../common/jsonl.ts'
import type { DataMapping, FileColumn } from '../shared/data-mapping.ts'
import type { DataFormat } from '../shared/enums.ts'
import { isObject } from '../shared/is-object.ts'

/** The format that a mapping's rows have. */
export const mappedFormats: Readonly<Record<DataMapping['kind'], DataFormat>> = {
  ...{ instructions: 'prompt-completion', preferences: 'preferences', ranked: 'ranked-answers', prompts: 'plain' },
}

/**
 * Rows of any shape with the fields of a known format. Columns without a role stay as they are (their names marked), so that they are reported
 * as unused.
 */
export function mappedRows(rows: readonly JsonLine[], mapping: DataMapping): JsonLine[] {
  const renamed = rows.map(({ line, value }) => ({ line, value: isObject(value) ? renamedRow(value, mapping) : value }))
  return mapping.kind === 'ranked' ? withPlaces(renamed, mapping.best) : renamed
}

/** The formats' names of the roles, where they differ. */
const fields: Readonly<Record<string, string>> = { response: 'completion' }

function renamedRow(row: Record<string, unknown>, { kind, columns }: DataMapping): Record<string, unknown> {
  const used = new Set(Object.values(columns).map((column) => topOf(row, column)))
  const result: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(row)) if (!used.has(name)) result[`column ${name}`] = value
  for (const [role, column] of Object.entries(columns)) {
    const field = role === 'prompt' && kind === 'ranked' ? 'question' : (fields[role] ?? role)
    result[field] = valueAt(row, column)
  }
  return result
}

/** The name of the row's own field that a column is, or is in. */
const topOf = (row: Record<string, unknown>, column: string): string => (Object.hasOwn(row, column) ? column : column.split('.')[0])

function valueAt(row: Record<string, unknown>, column: string): unknown {
  if (Object.hasOwn(row, column)) return row[column]
  const at = column.indexOf('.')
  const inner = at < 0 ? undefined : row[column.slice(0, at)]
  return isObject(inner) ? valueAt(inner, column.slice(at + 1)) : undefined
}

/** Places from 0, the best, among the answers to each question; equal values share a place. A value that isn't a number stays, and is reported. */
function withPlaces(rows: readonly JsonLine[], best: 'lowest' | 'highest'): JsonLine[] {
  const numberOf = ({ value }: JsonLine): number | undefined => {
    const rank = isObject(value) ? value.rank : undefined
    const number = typeof rank === 'string' && rank.trim() !== '' ? Number(rank.replace(',', '.')) : rank
    return typeof number === 'number' && Number.isFinite(number) ? number : undefined
  }
  const groups = Map.groupBy(rows, ({ value }) => (isObject(value) ? JSON.stringify(value.question) : ''))
  const placed = new Map<JsonLine, number>()
  for (const group of groups.values()) {
    const values = [...new Set(group.flatMap((row) => numberOf(row) ?? []))].sort((a, b) => (best === 'lowest' ? a - b : b - a))
    for (const row of group) {
      const value = numberOf(row)
      if (value !== undefined) placed.set(row, values.indexOf(value))
    }
  }
  return rows.map((row) => (placed.has(row) ? { ...row, value: { ...(row.value as object), rank: placed.get(row) } } : row))
}

const rowsToLookAt = 50
const longestExample = 200

/** The columns of the first rows, in the order in which they appear. Fields of an object count as columns of their own. */
export function columnsOf(rows: readonly JsonLine[]): FileColumn[] {
  const examples = new Map<string, string>()
  const look = (value: Record<string, unknown>, prefix: string): void => {
    for (const [key, inner] of Object.entries(value)) {
      const name = prefix + key
      if (isObject(inner) && prefix === '') look(inner, `${name}.`)
      else if (!examples.get(name)) examples.set(name, exampleOf(inner))
    }
  }
  for (const { value } of rows.slice(0, rowsToLookAt)) if (isObject(value)) look(value, '')
  return [...examples].map(([name, example]) => ({ name, example }))
}

const exampleOf = (value: unknown): string =>
  (typeof value === 'string' ? value : value == null ? '' : JSON.stringify(value)).slice(0, longestExample)

/** What identifies files of the same shape: the names of their columns, in any order. */
export const shapeOf = (columns: readonly FileColumn[]): string => JSON.stringify(columns.map(({ name }) => name).sort())
