import { readFileSync, statSync } from 'node:fs'
import { type BadJsonLine, isBadLine, type JsonLine, readJsonLinesLeniently, streamJsonLines } from '../common/jsonl.ts'
import { badInput } from '../shared/errors.ts'
import { isObject } from '../shared/is-object.ts'
import { readCsvRows } from './csv-rows.ts'
import { detectFormat, headOfData } from './file-kind.ts'
import { readJsonArray } from './json-array.ts'
import { rowsInObject } from './json-object.ts'

/** JSON documents and tables are read as a whole; larger files must be JSON Lines. */
const largestWholeBytes = 512 << 20

/** A file's rows, before their fields are interpreted. */
interface SourceRows {
  readonly rows: readonly JsonLine[]
  readonly bad: readonly BadJsonLine[]
  /** How the file was read, where that isn't obvious. */
  readonly notes: readonly string[]
}

/**
 * A file's rows, in the format detected from its content: JSON Lines, a JSON array, an object that wraps one, or (by its name) a table.
 * Throws NOT_FOUND, or BAD_INPUT if the file can't be read as a whole.
 */
export function sourceRows(path: string): SourceRows {
  const head = headOfData(path)
  const start = /^\uFEFF?\s*(.)/su.exec(new TextDecoder('utf-8', { ignoreBOM: true }).decode(head))?.[1]
  const separator = /\.csv$/i.test(path) ? ',' : /\.tsv$/i.test(path) ? '\t' : undefined
  if (separator !== undefined && start !== '{' && start !== '[') return table(path, separator)
  const source = start === '[' || start === '{' ? jsonRows(path, start) : { ...readJsonLinesLeniently(path), notes: [] }
  return unwrapped(source)
}

function table(path: string, separator: ',' | '\t'): SourceRows {
  const { refusal, ...read } = readCsvRows(utf8(path), separator)
  if (refusal !== undefined) throw badInput(`${path}: ${refusal}`, 'Give each column a unique name.')
  return read
}

function jsonRows(path: string, start: '[' | '{'): SourceRows {
  const lines = firstLines(path)
  const isDocument = lines.isBroken || !lines.hasMore
  if (start === '[' && isDocument) return oneConversation({ ...readJsonArray(wholeBytes(path)), notes: [] })
  if (start === '{' && isDocument && statSync(path).size <= largestWholeBytes) {
    const found = lines.isRow ? undefined : rowsInObject(path, wholeBytes(path))
    if (found !== undefined) return found
  }
  return { ...readJsonLinesLeniently(path), notes: [] }
}

/** Inspects the start of a file that looks like JSON: whether its first line is valid JSON, is a row, and has lines after it. */
function firstLines(path: string): { isBroken: boolean; isRow: boolean; hasMore: boolean } {
  let first: JsonLine | undefined
  for (const line of streamJsonLines(path)) {
    if (first !== undefined) return { isBroken: false, isRow: true, hasMore: true }
    if (isBadLine(line)) return { isBroken: true, isRow: false, hasMore: true }
    first = line
  }
  return { isBroken: false, isRow: first !== undefined && isRow(first), hasMore: false }
}

/** Whether a single object is a row itself, rather than a wrapper around a list of rows. */
const isRow = (line: JsonLine): boolean =>
  detectFormat([line]) !== undefined ||
  (isObject(line.value) && !Object.values(line.value).some((one) => Array.isArray(one) && one.some(isObject)))

const isMessage = (value: unknown): boolean =>
  isObject(value) && (('role' in value && 'content' in value) || ('from' in value && 'value' in value))

/** A list that contains only messages is one conversation, not one row per message. */
const oneConversation = (source: SourceRows): SourceRows =>
  source.rows.length > 0 && source.rows.every(({ value }) => isMessage(value))
    ? { ...source, rows: [{ line: source.rows[0].line, value: { messages: source.rows.map(({ value }) => value) } }] }
    : source

function unwrapped({ rows, bad, notes }: SourceRows): SourceRows {
  const cutRows: BadJsonLine[] = []
  const plain = rows.flatMap(({ line, value }): JsonLine[] => {
    if (Array.isArray(value) && value.length > 0 && value.every(isObject)) {
      // A line with a list: the messages of one conversation, or several rows.
      return value.every((entry) => 'role' in entry || 'from' in entry)
        ? [{ line, value: { messages: value } }]
        : value.map((entry) => ({ line, value: entry }))
    }
    if (!isObject(value) || !isObject(value.row) || !('row_idx' in value)) return [{ line, value }]
    const cutCells = value.truncated_cells
    if (!Array.isArray(cutCells) || cutCells.length === 0) return [{ line, value: value.row }]
    cutRows.push({ line, reason: `truncated by the dataset viewer: ${cutCells.map((name) => `"${String(name)}"`).join(', ')}` })
    return []
  })
  return { rows: plain, bad: [...bad, ...cutRows], notes }
}

function utf8(path: string): string {
  const bytes = wholeBytes(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw badInput(`${path} isn't UTF-8 text; it looks like Windows-1252 or Latin-1`, 'Save it as UTF-8 (in Excel: CSV UTF-8).')
  }
}

function wholeBytes(path: string): Uint8Array {
  const { size } = statSync(path)
  if (size > largestWholeBytes)
    throw badInput(`${path} is a JSON document or table of more than 512 MiB`, 'Save it as JSON Lines (one object per line).')
  const bytes = readFileSync(path)
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes // a byte-order mark
}
