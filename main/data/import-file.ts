import type { DataFormat } from '../shared/enums.ts'
import { badInput } from '../shared/errors.ts'
import { detectFormat } from './file-kind.ts'
import { formats } from './formats.ts'
import type { Imported } from './imported.ts'
import { sourceRows } from './row-source.ts'

/**
 * Reads a seed data file in the format detected from its content (or in the given one): JSON Lines, a JSON array, an object that wraps one,
 * or a table (.csv, .tsv). Valid rows are kept. Invalid ones are listed in `rejected` with line and reason, and `notes` lists unused fields
 * and conversions. A byte-order mark, CRLF, and blank lines are allowed. Throws NOT_FOUND if the file doesn't exist, and BAD_INPUT if it
 * can't be read as a whole: it is empty, of another type, or has no row in a known format.
 */
export async function importFile(path: string, format?: DataFormat): Promise<Imported> {
  const { rows, bad, notes } = sourceRows(path)
  if (rows.length === 0) {
    const first = bad[0]
    if (first === undefined) throw badInput(`${path}: the file is empty`, 'Choose a file with at least one row.')
    throw badInput(
      `${path}:${first.line}: ${first.reason}; none of the file's rows can be read`,
      'Save it as JSON Lines (one object per line) in UTF-8.',
    )
  }
  const found = format ?? detectFormat(rows)
  if (found === undefined) {
    if (rows.length === 1 && typeof rows[0].value === 'object' && bad.length === 0)
      throw badInput(
        `${path}: a single JSON object instead of a list of rows, and its format is unknown (${fieldNames(rows[0].value)})`,
        knownForms,
      )
    throw badInput(`${path}:${rows[0].line}: unknown row format (${fieldNames(rows[0].value)})`, knownForms)
  }
  const imported = formats[found].read(rows)
  return {
    ...imported,
    rejected: [...bad, ...imported.rejected].sort((a, b) => a.line - b.line),
    notes: [...notes, ...imported.notes],
  }
}

const knownForms =
  'Known formats: OpenAssistant trees or messages, {question, answer, rank}, {instruction, input, output}, {conversations}, {messages}, ' +
  'self-instruct seeds, {prompt, completion}, {prompt, chosen, rejected}, {prompt}, {text}, {question, answer}, {instruction, response}.'

const fieldNames = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `fields: ${Object.keys(value).slice(0, 8).join(', ') || 'none'}` : `a ${typeof value}`
