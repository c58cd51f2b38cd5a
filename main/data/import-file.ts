import type { DataMapping } from '../shared/data-mapping.ts'
import type { DataFormat } from '../shared/enums.ts'
import { badInput } from '../shared/errors.ts'
import { detectFormat } from './detect-format.ts'
import { formats } from './formats.ts'
import type { Imported, LeftOut } from './imported.ts'
import { mappedFormats, mappedRows } from './mapped-rows.ts'
import { type SourceOptions, sourceRows } from './sources/row-source.ts'

/** How to read a file, where its content doesn't tell. */
export interface ImportOptions extends SourceOptions {
  readonly format?: DataFormat
  /** The columns of rows in no known format. */
  readonly mapping?: DataMapping
}

/**
 * Reads a seed data file in the format detected from its content (or in the given one): JSON Lines, a JSON array, an object that wraps one,
 * Parquet, or a table (.csv, .tsv), also compressed with gzip or zstd, or a folder of such files. Valid rows are kept. Invalid ones are listed in `rejected` with line and reason, and `notes` lists unused fields
 * and conversions. A byte-order mark, CRLF, and blank lines are allowed. Throws NOT_FOUND if the file doesn't exist, and BAD_INPUT if it
 * can't be read as a whole: it is empty, of another type, or has no row in a known format.
 */
export async function importFile(path: string, { format, mapping, ...options }: ImportOptions = {}): Promise<Imported> {
  const { rows, bad, notes, files = [] } = await sourceRows(path, options)
  if (rows.length === 0) {
    const first = bad[0]
    if (first === undefined) throw badInput(`${path}: the file is empty`, 'Choose a file with at least one row.')
    throw badInput(
      `${path}:${first.line}: ${first.reason}; none of the file's rows can be read`,
      'Save it as JSON Lines (one object per line) in UTF-8.',
    )
  }
  const found = mapping === undefined ? (format ?? detectFormat(rows)) : mappedFormats[mapping.kind]
  if (found === undefined) {
    // a table's rows begin on its second line
    if (rows.length === 1 && rows[0].line === 1 && typeof rows[0].value === 'object' && bad.length === 0)
      throw badInput(
        `${path}: a single JSON object instead of a list of rows, and its format is unknown (${fieldNames(rows[0].value)})`,
        knownForms,
      )
    throw badInput(`${path}:${rows[0].line}: unknown row format (${fieldNames(rows[0].value)})`, knownForms)
  }
  const imported = formats[found].read(mapping === undefined ? rows : mappedRows(rows, mapping))
  const placed = (leftOut: readonly LeftOut[]): LeftOut[] => leftOut.map((one) => inItsFile(one, files))
  return {
    ...imported,
    rejected: placed([...bad, ...imported.rejected].sort((a, b) => a.line - b.line)),
    skipped: placed(imported.skipped),
    notes: [...notes, ...imported.notes],
  }
}

/** The reason with the file and its own line, if there are several files. */
function inItsFile({ line, reason }: LeftOut, files: readonly { readonly name: string; readonly linesBefore: number }[]): LeftOut {
  const file = files.findLast(({ linesBefore }) => linesBefore < line)
  return file === undefined ? { line, reason } : { line, reason: `${file.name}:${line - file.linesBefore}: ${reason}` }
}

const knownForms =
  'Known formats: OpenAssistant trees or messages, {question, answer, rank}, {instruction, input, output}, {conversations}, {messages}, ' +
  'self-instruct seeds, Argilla and Label Studio exports, {prompt, completions, labels}, {prompt, completion}, {prompt, chosen, rejected}, {prompt}, {text}, {question, answer}, {instruction, response}.'

const fieldNames = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `fields: ${Object.keys(value).slice(0, 8).join(', ') || 'none'}` : `a ${typeof value}`
