import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { badInput, LaurelError } from '../shared/errors.ts'
import { openReplacement } from './replace-file.ts'

/** A row of a JSON Lines file and its line number (from 1), so that errors can name the line. */
export interface JsonLine {
  readonly line: number
  readonly value: unknown
  /** Whether it has NaN or Infinity, which are null in `value`. */
  readonly hasNonNumbers?: true
}

/** A line that isn't JSON, and why. */
export interface BadJsonLine {
  readonly line: number
  readonly reason: string
}

const chunkBytes = 1 << 20
const newline = 0x0a
/** No real row is longer, and a longer one wouldn't fit in a string. */
const longestLineBytes = 256 << 20

/**
 * The rows of a JSON Lines file of any size, one at a time, in constant memory. Skips blank lines and accepts a
 * byte-order mark and CRLF. A bad line is yielded as such, and reading continues.
 * Throws NOT_FOUND if the file doesn't exist.
 */
export function* streamJsonLines(path: string): Generator<JsonLine | BadJsonLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true }) // drops a byte-order mark; throws rather than altering text
  let line = 0
  for (const bytes of rawLines(path)) {
    line++
    let text: string
    try {
      text = decoder.decode(bytes).trim()
    } catch {
      yield { line, reason: 'not valid UTF-8' }
      continue
    }
    if (text !== '') yield jsonLine(line, text)
  }
}

/** A row from its text. Numbers that JSON doesn't have, which Python writes for missing ones, are null. */
export function jsonLine(line: number, text: string): JsonLine | BadJsonLine {
  try {
    return { line, value: parseJson(text) }
  } catch (error) {
    const plain = /^[[{]/.test(text) ? withoutNonNumbers(text) : text
    if (plain === text) return { line, reason: notJson(error) }
    const read = jsonLine(line, plain)
    return isBadLine(read) ? read : { ...read, hasNonNumbers: true }
  }
}

/** JSON with null for NaN and Infinity, which Python's json writes, or only for those that match. Texts stay as they are. */
export const withoutNonNumbers = (text: string, missing = /^-?(?:NaN|Infinity)$/): string =>
  /NaN|Infinity/.test(text)
    ? text.replace(/"(?:[^"\\\n]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (found) => (missing.test(found) ? 'null' : found))
    : text

/** JSON.parse for files with up to a million bad lines: its errors have no stack trace, which would take longer than parsing. */
function parseJson(text: string): unknown {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return JSON.parse(text)
  } finally {
    Error.stackTraceLimit = limit
  }
}

/** Why a text isn't JSON, on one line. */
export const notJson = (error: unknown): string => `not JSON (${(error as Error).message.replaceAll('\n', ' ')})`

/** All rows of a file. Throws BAD_INPUT with the file and line of the first line that isn't JSON. */
export function readJsonLines(path: string): JsonLine[] {
  const rows: JsonLine[] = []
  for (const row of streamJsonLines(path)) {
    if (isBadLine(row)) throw badInput(`${path}:${row.line}: ${row.reason}`, 'Each line must be one JSON value.')
    rows.push(row)
  }
  return rows
}

/** All rows of a file that are JSON, and all lines that aren't: for importers, which keep the good rows and report the rest. */
export function readJsonLinesLeniently(path: string): { rows: JsonLine[]; bad: BadJsonLine[] } {
  const rows: JsonLine[] = []
  const bad: BadJsonLine[] = []
  for (const row of streamJsonLines(path)) {
    if (isBadLine(row)) bad.push(row)
    else rows.push(row)
  }
  return { rows, bad }
}

export const isBadLine = (row: JsonLine | BadJsonLine): row is BadJsonLine => 'reason' in row

interface JsonLinesWriter {
  /** Rows written so far. */
  readonly count: number
  write(row: unknown): void
  /** Complete the file: it only appears under its name now. */
  close(): void
  /** Discard the new rows and leave the previous file, if any, in place. */
  discard(): void
}

/** Write rows as they arrive. The file appears under its name once it is complete, or not at all. */
export function jsonLinesWriter(path: string): JsonLinesWriter {
  const file = openReplacement(path)
  let count = 0
  return {
    get count() {
      return count
    },
    write(row) {
      file.write(`${JSON.stringify(row)}\n`)
      count++
    },
    close: file.commit,
    discard: file.discard,
  }
}

/** Write rows (for big files, from a generator) to a file that appears complete or not at all. Returns the number of rows. */
export function writeJsonLines(path: string, rows: Iterable<unknown>): number {
  const writer = jsonLinesWriter(path)
  try {
    for (const row of rows) writer.write(row)
  } catch (error) {
    writer.discard()
    throw error
  }
  writer.close()
  return writer.count
}

/** The bytes of each line, without its newline. Splitting at that byte is safe: no UTF-8 sequence contains it. */
function* rawLines(path: string): Generator<Uint8Array> {
  const file = openForReading(path)
  try {
    let pending: Buffer[] = []
    let pendingBytes = 0
    let line = 1
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes)
      const length = readSync(file, chunk, 0, chunkBytes, null)
      if (length === 0) break
      let start = 0
      for (let end = chunk.indexOf(newline); end !== -1 && end < length; end = chunk.indexOf(newline, start)) {
        yield pending.length === 0 ? chunk.subarray(start, end) : Buffer.concat([...pending, chunk.subarray(start, end)])
        pending = []
        pendingBytes = 0
        start = end + 1
        line++
      }
      if (start < length) pending.push(chunk.subarray(start, length))
      pendingBytes += length - start
      if (pendingBytes > longestLineBytes) {
        throw badInput(`${path}:${line}: the line is longer than 256 MiB`, 'Check that the file is JSON Lines: one value per line.')
      }
    }
    if (pendingBytes > 0) yield Buffer.concat(pending)
  } finally {
    closeSync(file)
  }
}

function openForReading(path: string): number {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw badInput(`${path}: is a folder`, 'Choose a JSON Lines file.')
    return openSync(path, 'r')
  } catch (error) {
    if (error instanceof LaurelError) throw error
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new LaurelError('NOT_FOUND', `${path}: no such file`, 'Check the path.', { cause: error })
    throw badInput(`${path}: couldn't be read (${code})`, 'Check that it is a file and that you have permission to read it.')
  }
}
