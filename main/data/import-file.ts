import { badInput } from '../common/errors.ts'
import type { JsonLine } from '../common/jsonl.ts'
import { detectFormat } from './detect-format.ts'
import type { Format, Imported } from './imported.ts'
import { importAlpaca } from './importers/alpaca.ts'
import { importChat } from './importers/chat.ts'
import { importComparisons } from './importers/comparisons.ts'
import { importLlamaFactoryPreferences } from './importers/llama-factory-preferences.ts'
import { importOasstMessages } from './importers/oasst-messages.ts'
import { importOasstTrees } from './importers/oasst-trees.ts'
import { importPlain } from './importers/plain.ts'
import { importPreferences } from './importers/preferences.ts'
import { importPromptCompletion } from './importers/prompt-completion.ts'
import { importRankedAnswers } from './importers/ranked-answers.ts'
import { importRatedAnswers } from './importers/rated-answers.ts'
import { importSelfInstructSeeds } from './importers/self-instruct-seeds.ts'
import { sourceRows } from './row-source.ts'

const importers: Readonly<Record<Format, (rows: readonly JsonLine[]) => Imported>> = {
  'oasst-trees': importOasstTrees,
  'oasst-messages': importOasstMessages,
  'ranked-answers': importRankedAnswers,
  'rated-answers': importRatedAnswers,
  alpaca: importAlpaca,
  chat: importChat,
  'self-instruct-seeds': importSelfInstructSeeds,
  'prompt-completion': importPromptCompletion,
  preferences: importPreferences,
  'llama-factory-preferences': importLlamaFactoryPreferences,
  comparisons: importComparisons,
  plain: importPlain,
}

/**
 * Read a file of seed data in whatever format its content shows (or in the one named): JSON Lines, one JSON array, an object that wraps one,
 * or a table (.csv, .tsv). Good rows are kept; each bad one is listed in `rejected` with its line and reason; what isn't used of good rows, and
 * what was made of them, is named in `notes`. A byte-order mark, CRLF and blank lines are allowed. Throws NOT_FOUND where there is no such file, and
 * BAD_INPUT where the file as a whole can't be read: it is empty, of another kind, or not one of its rows has a known form.
 */
export async function importFile(path: string, format?: Format): Promise<Imported> {
  const { rows, bad, notes } = sourceRows(path)
  if (rows.length === 0) {
    const first = bad[0]
    if (first === undefined) throw badInput(`${path}: the file is empty`, 'Name a file with at least one row.')
    throw badInput(
      `${path}:${first.line}: ${first.reason}; no row of the file can be read`,
      'Save it as JSON Lines (one object a line) in UTF-8.',
    )
  }
  const found = format ?? detectFormat(rows)
  if (found === undefined) {
    if (rows.length === 1 && typeof rows[0].value === 'object' && bad.length === 0)
      throw badInput(`${path}: one JSON object, not a list of rows, and of no known form (${fieldNames(rows[0].value)})`, knownForms)
    throw badInput(`${path}:${rows[0].line}: rows of no known form (${fieldNames(rows[0].value)})`, knownForms)
  }
  const imported = importers[found](rows)
  return {
    ...imported,
    rejected: [...bad, ...imported.rejected].sort((a, b) => a.line - b.line),
    notes: [...notes, ...imported.notes],
  }
}

const knownForms =
  'Known are: OpenAssistant trees or messages, {question, answer, rank}, {instruction, input, output}, {conversations}, {messages}, ' +
  'self-instruct seeds, {prompt, completion}, {prompt, chosen, rejected}, {prompt}, {text}, {question, answer}, {instruction, response}.'

const fieldNames = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `fields: ${Object.keys(value).slice(0, 8).join(', ') || 'none'}` : `a ${typeof value}`
