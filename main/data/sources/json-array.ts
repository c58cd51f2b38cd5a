import { type BadJsonLine, isBadLine, type JsonLine, jsonLine } from '../../common/jsonl.ts'

const code = (character: string): number => character.charCodeAt(0)
const [quote, backslash, comma, newline] = ['"', '\\', ',', '\n'].map(code)
const opening = new Set(['[', '{'].map(code))
const closing = new Set([']', '}'].map(code))

/**
 * The entries of a JSON array, each parsed separately, so that a bad one costs one row and not the file. Operates on bytes (no multibyte
 * UTF-8 sequence contains an ASCII byte), so wrongly encoded entries are separated too. An entry's line is the one it starts on;
 * `firstLine` is the line of the first byte. A missing quotation mark or bracket inside an entry breaks everything after it, and the reason
 * says so.
 */
export function readJsonArray(bytes: Uint8Array, firstLine = 1): { rows: JsonLine[]; bad: BadJsonLine[] } {
  const rows: JsonLine[] = []
  const bad: BadJsonLine[] = []
  const { entries, rest } = splitJson(bytes, firstLine)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for (const { line, start, end } of entries) {
    const entry = parse(decoder, line, bytes.subarray(start, end))
    if (isBadLine(entry)) bad.push(entry)
    else rows.push(entry)
  }
  if (rest !== undefined) bad.push(rest)
  return { rows, bad }
}

/** The position of an array entry or object member in the bytes. */
export interface Entry {
  readonly line: number
  readonly start: number
  readonly end: number
}

/** Splits at the commas of the outermost array or object. `rest` is the problem after the last entry, if any. */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: a scanner is one loop over bytes with its state beside it
export function splitJson(bytes: Uint8Array, firstLine = 1): { entries: Entry[]; rest?: BadJsonLine } {
  const entries: Entry[] = []
  let line = firstLine
  let depth = 0
  let inText = false
  let start = -1 // of the current entry; -1 before its first byte
  let startLine = firstLine
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === newline) line++
    if (inText) {
      if (byte === backslash) i++
      else if (byte === quote) inText = false
      continue
    }
    const ends = depth === 1 && (byte === comma || closing.has(byte))
    if (ends && (start !== -1 || byte === comma)) {
      entries.push({ line: start === -1 ? line : startLine, start: start === -1 ? i : start, end: i })
      start = -1
    } else if (depth >= 1 && !ends && start === -1 && byte > 0x20) {
      start = i
      startLine = line
    }
    if (byte === quote) inText = true
    else if (opening.has(byte)) depth++
    else if (closing.has(byte) && --depth === 0) return { entries, rest: restAfter(bytes, i + 1, line) }
  }
  const from = start === -1 ? line : startLine
  return {
    entries,
    rest: { line: from, reason: 'the file ends inside this entry: it is truncated, or a quotation mark or bracket is missing' },
  }
}

function restAfter(bytes: Uint8Array, from: number, line: number): BadJsonLine | undefined {
  const next = bytes.subarray(from).findIndex((byte) => byte > 0x20)
  return next === -1 ? undefined : { line, reason: 'there is more text after the end of the array' }
}

function parse(decoder: InstanceType<typeof TextDecoder>, line: number, bytes: Uint8Array): JsonLine | BadJsonLine {
  let text: string
  try {
    text = decoder.decode(bytes).trim()
  } catch {
    return { line, reason: 'not valid UTF-8' }
  }
  return text === '' ? { line, reason: 'empty entry between two commas' } : jsonLine(line, text)
}
