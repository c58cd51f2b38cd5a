import { readFileSync, statSync } from 'node:fs'
import { relative } from 'node:path'
import { statOf } from '../../common/file-identity.ts'
import { type BadJsonLine, isBadLine, type JsonLine, readJsonLinesLeniently, streamJsonLines } from '../../common/jsonl.ts'
import { badInput } from '../../shared/errors.ts'
import { isObject } from '../../shared/is-object.ts'
import { detectFormat } from '../detect-format.ts'
import { arrowRows } from './arrow-rows.ts'
import { readCsvRows } from './csv-rows.ts'
import { datasetPart, type FolderPart } from './dataset-folder.ts'
import { headOfData } from './file-kind.ts'
import { readJsonArray } from './json-array.ts'
import { rowsInObject } from './json-object.ts'
import { parquetRows } from './parquet-rows.ts'
import { decodedText } from './text-encoding.ts'
import { readUnpacked } from './unpacked-file.ts'

/** JSON documents and tables are read as a whole; larger files must be JSON Lines. */
const largestWholeBytes = 512 << 20

/** A file of a source, and the number of lines before it. */
interface SourceFile {
  readonly name: string
  readonly linesBefore: number
}

/** A source's rows, before their fields are interpreted. */
interface SourceRows {
  readonly rows: readonly JsonLine[]
  readonly bad: readonly BadJsonLine[]
  /** How the file was read, where that isn't obvious. */
  readonly notes: readonly string[]
  /** If there are several files: their lines are counted through, in this order. */
  readonly files?: readonly SourceFile[]
}

/** What the content alone doesn't tell. */
export interface SourceOptions extends FolderPart {
  /** A table's encoding, by its name in the WHATWG Encoding Standard; detected by default. */
  readonly encoding?: string
  /** The character between a table's cells; detected by default. */
  readonly delimiter?: string
}

/**
 * The rows of a file or of a split of a dataset folder, in the format detected from its content: JSON Lines, a JSON array, an object that
 * wraps one, Parquet, Arrow, or (by its name, or if a delimiter is given) a table; each also compressed with gzip or zstd. The lines of
 * Parquet and Arrow are their rows. Throws NOT_FOUND, or BAD_INPUT if the file can't be read as a whole.
 */
export async function sourceRows(path: string, options: SourceOptions = {}): Promise<SourceRows> {
  if (statOf(path)?.isDirectory()) return folderRows(path, options)
  const { bytes, kind } = headOfData(path)
  switch (kind) {
    case 'gzip':
    case 'zstd':
      return readUnpacked(path, kind, (copy) => unpackedRows(path, copy, options))
    case 'parquet':
      return { rows: await Array.fromAsync(parquetRows(path)), bad: [], notes: [] }
    case 'arrow':
      return { rows: [...arrowRows(path)], bad: [], notes: [] }
    case 'wide text':
    case 'text':
      return textRows(path, bytes, kind, options)
  }
}

/** A compressed file must not contain another one: small files can expand without end. */
function unpackedRows(path: string, copy: string, options: SourceOptions): Promise<SourceRows> {
  const { kind } = headOfData(copy)
  if (kind === 'gzip' || kind === 'zstd') throw badInput(`${path} is compressed twice`, 'Unpack it first.')
  return sourceRows(copy, options)
}

function textRows(path: string, head: Uint8Array, kind: 'text' | 'wide text', { encoding, delimiter }: SourceOptions): SourceRows {
  const ending = /\.(csv|tsv)(\.(gz|zst))?$/i.exec(path)?.[1].toLowerCase() // also a file that isn't compressed, whatever its name says
  const separator = ending === 'tsv' ? '\t' : ending === 'csv' || delimiter !== undefined ? ',' : undefined
  const isWide = kind === 'wide text'
  const start = isWide ? undefined : /^\uFEFF?\s*(.)/su.exec(new TextDecoder('utf-8', { ignoreBOM: true }).decode(head))?.[1]
  if (separator !== undefined && start !== '{' && start !== '[') return table(path, separator, encoding, delimiter)
  if (isWide) throw badInput(`${path} is UTF-16 text`, 'Save it as UTF-8.')
  const source = start === '[' || start === '{' ? jsonRows(path, start) : { ...readJsonLinesLeniently(path), notes: [] }
  return unwrapped(source)
}

async function folderRows(folder: string, options: SourceOptions): Promise<SourceRows> {
  const { files, notes: found, rename } = datasetPart(folder, options)
  const sources: SourceRows[] = []
  for (const path of files) sources.push(await sourceRows(path, options))
  const rows: JsonLine[] = []
  const bad: BadJsonLine[] = []
  const places: SourceFile[] = []
  const notes = [...found]
  let linesBefore = 0
  for (const [i, source] of sources.entries()) {
    places.push({ name: relative(folder, files[i]), linesBefore })
    const counted = (line: number): number => linesBefore + line
    let last = linesBefore
    for (const { line, value } of source.rows) {
      rows.push({ line: counted(line), value: rename === undefined ? value : rename(value) })
      last = Math.max(last, counted(line))
    }
    for (const { line, reason } of source.bad) {
      bad.push({ line: counted(line), reason })
      last = Math.max(last, counted(line))
    }
    notes.push(...source.notes.filter((note) => !notes.includes(note)))
    linesBefore = last
  }
  return { rows, bad, notes, ...(places.length > 1 && { files: places }) }
}

function table(path: string, separator: ',' | '\t', encoding?: string, delimiter?: string): SourceRows {
  const { text, note } = decodedText(path, wholeBytes(path), encoding)
  const { refusal, ...read } = readCsvRows(text, separator, delimiter)
  if (refusal !== undefined) throw badInput(`${path}: ${refusal}`, 'Give each column a unique name.')
  return note === undefined ? read : { ...read, notes: [note, ...read.notes] }
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
  const missing = rows.filter(({ hasNonNumbers }) => hasNonNumbers).length
  const note = `NaN and Infinity, which Python writes for missing numbers, count as missing (${missing} ${missing === 1 ? 'row' : 'rows'}).`
  return { rows: plain, bad: [...bad, ...cutRows], notes: missing === 0 ? notes : [...notes, note] }
}

function wholeBytes(path: string): Uint8Array {
  const { size } = statSync(path)
  if (size > largestWholeBytes)
    throw badInput(`${path} is a JSON document or table of more than 512 MiB`, 'Save it as JSON Lines (one object per line).')
  const bytes = readFileSync(path)
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes // a byte-order mark
}
