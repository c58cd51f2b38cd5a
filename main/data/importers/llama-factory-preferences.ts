import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported } from '../imported.ts'
import { messagesField, promptOf } from './messages.ts'
import { preferenceOf } from './preferences.ts'
import { newNotes, readRows } from './rows.ts'

/** LLaMA-Factory's preference rows: {conversations: [{from, value}], chosen: {from, value}, rejected: {from, value}}. */
export function importLlamaFactoryPreferences(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const preferences = readRows(rows, notes, (fields, line) =>
    preferenceOf(line, promptOf(messagesField(fields, 'conversations'), 'conversations'), fields),
  )
  return { format: 'llama-factory-preferences', instructions: [], ranked: [], preferences, prompts: [], ...notes }
}
