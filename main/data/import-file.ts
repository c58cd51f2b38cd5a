import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { badInput, LaurelError } from '../common/errors.ts'
import { type BadJsonLine, type JsonLine, readJsonLinesLeniently } from '../common/jsonl.ts'
import { readCsvRows } from './csv-rows.ts'
import { detectFormat } from './detect-format.ts'
import type { Format, Imported } from './imported.ts'
import { importAlpaca } from './importers/alpaca.ts'
import { importChat } from './importers/chat.ts'
import { importLlamaFactoryPreferences } from './importers/llama-factory-preferences.ts'
import { importOasstTrees } from './importers/oasst-trees.ts'
import { importPlain } from './importers/plain.ts'
import { importPreferences } from './importers/preferences.ts'
import { importPromptCompletion } from './importers/prompt-completion.ts'
import { importRankedAnswers } from './importers/ranked-answers.ts'
import { importSelfInstructSeeds } from './importers/self-instruct-seeds.ts'
import { readJsonArray } from './json-array.ts'

const importers: Readonly<Record<Format, (rows: readonly JsonLine[]) => Imported>> = {
  'oasst-trees': importOasstTrees,
  'ranked-answers': importRankedAnswers,
  alpaca: importAlpaca,
  chat: importChat,
  'self-instruct-seeds': importSelfInstructSeeds,
  'prompt-completion': importPromptCompletion,
  preferences: importPreferences,
  'llama-factory-preferences': importLlamaFactoryPreferences,
  plain: importPlain,
}

/** A JSON array or a table is read whole; a bigger one belongs in JSON Lines. */
const largestWholeBytes = 512 << 20

/** What other files start with, so that their readers hear more than "not JSON". */
const strangers: readonly (readonly [readonly number[], string])[] = [
  [[0x1f, 0x8b], 'compressed with gzip: unpack it first'],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive: unpack it first'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'compressed with zstd: unpack it first'],
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file: save it as JSON Lines'],
  [[0xff, 0xfe], 'UTF-16 text: save it as UTF-8'],
  [[0xfe, 0xff], 'UTF-16 text: save it as UTF-8'],
]

/**
 * Read a file of seed data in whatever format its content shows (or in the one named): JSON Lines, one JSON array, or a table (.csv, .tsv).
 * Good rows are kept; each bad one is listed in `rejected` with its line and reason. A byte-order mark, CRLF and blank
 * lines are allowed. Throws NOT_FOUND where there is no such file, and BAD_INPUT where the file as a whole cannot be
 * read: it is empty, of another kind, or not one of its rows has a known form.
 */
export async function importFile(path: string, format?: Format): Promise<Imported> {
  const { rows, bad } = readRowsOf(path)
  if (rows.length === 0) {
    const first = bad[0]
    if (first === undefined) throw badInput(`${path}: the file is empty`, 'Name a file with at least one row.')
    throw badInput(
      `${path}:${first.line}: ${first.reason}; no row of the file can be read`,
      'Save it as JSON Lines (one object a line) in UTF-8.',
    )
  }
  const found = format ?? detectFormat(rows)
  if (found === undefined) throw badInput(`${path}:${rows[0].line}: rows of no known form (${fieldNames(rows[0].value)})`, knownForms)
  const imported = importers[found](rows)
  return { ...imported, rejected: [...bad, ...imported.rejected].sort((a, b) => a.line - b.line) }
}

const knownForms =
  'Known are: OASST message trees, {question, answer, rank}, {instruction, input, output}, {conversations}, {messages}, ' +
  'self-instruct seeds, {prompt, completion}, {prompt, chosen, rejected}, {prompt}, {text}, {instruction, response}.'

function readRowsOf(path: string): { rows: JsonLine[]; bad: BadJsonLine[] } {
  const head = headOf(path)
  const stranger = strangers.find(([start]) => start.every((byte, i) => head[i] === byte))
  if (stranger !== undefined) {
    const [what, remedy] = stranger[1].split(': ')
    throw badInput(`${path}: is ${what}`, `${remedy[0].toUpperCase()}${remedy.slice(1)}.`)
  }
  const separator = /\.csv$/i.test(path) ? ',' : /\.tsv$/i.test(path) ? '\t' : undefined
  if (separator !== undefined) return readCsvRows(utf8(path), separator)
  return isArray(head) ? readJsonArray(wholeBytes(path)) : readJsonLinesLeniently(path)
}

function utf8(path: string): string {
  const bytes = wholeBytes(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw badInput(`${path}: is not valid UTF-8`, 'Save it as UTF-8.')
  }
}

function wholeBytes(path: string): Uint8Array {
  const { size } = statSync(path)
  if (size > largestWholeBytes)
    throw badInput(`${path}: a JSON array or table of more than 512 MiB`, 'Save it as JSON Lines: one object a line.')
  const bytes = readFileSync(path)
  return bytes[0] === 0xef ? bytes.subarray(3) : bytes // a byte-order mark
}

/** Whether the first thing in the file is a bracket. A first line that is a whole array by itself would be a bad row anyway. */
const isArray = (head: Uint8Array): boolean => /^\uFEFF?\s*\[/u.test(new TextDecoder('utf-8', { ignoreBOM: true }).decode(head))

/** A file's first bytes. A folder, or a file that cannot be opened, is left for the row reader to explain. */
function headOf(path: string): Uint8Array {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) throw new LaurelError('NOT_FOUND', `${path}: no such file`, 'Check the path.')
  if (!stats.isFile()) throw badInput(`${path}: is not a file`, 'Name a JSON, JSON Lines or CSV file.')
  const head = new Uint8Array(4096)
  const file = openFile(path)
  try {
    return head.subarray(0, readSync(file, head))
  } finally {
    closeSync(file)
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw badInput(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code})`, 'Check that you may read it.')
  }
}

const fieldNames = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `fields: ${Object.keys(value).slice(0, 8).join(', ') || 'none'}` : `a ${typeof value}`
