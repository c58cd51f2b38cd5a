import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported } from '../imported.ts'
import { messagesField, promptOf } from './messages.ts'
import { preferenceOf } from './preferences.ts'
import { underSystem } from './prompt-context.ts'
import { areOwn, provenanceReader } from './provenance.ts'
import { importedAs, newNotes, readRows } from './read-rows.ts'

/** LLaMA-Factory's preference rows: {conversations: [{from, value}], chosen: {from, value}, rejected: {from, value}}. */
export function importLlamaFactoryPreferences(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const provenanceOf = provenanceReader(rows)
  const isOwn = areOwn(rows)
  const preferences = readRows(rows, notes, (fields, line) => {
    const messages = underSystem(fields, messagesField(fields, 'conversations'))
    return { ...preferenceOf(line, promptOf(messages, 'conversations'), fields, isOwn), ...provenanceOf(fields) }
  })
  return importedAs('llama-factory-preferences', notes, { preferences })
}
