import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, InstructionExample } from '../imported.ts'
import { BadRow, type Fields, UnwantedRow } from './fields.ts'
import { labelRule } from './labels.ts'
import { plainMessage, promptOf, type Turn, turnsField } from './messages.ts'
import { underSystem } from './prompt-context.ts'
import { importedAs, type Notes, newNotes, readRows, tell } from './read-rows.ts'

/** Field names of a message list. */
const chatNames = ['conversations', 'messages', 'conversation'] as const

/**
 * Whole conversations: {conversations: [{from, value}]} (ShareGPT) or {messages: [{role, content}]}. The example is the last reply that
 * should be trained on, with everything before it as the prompt; the rest is dropped, with a note. A `system` field precedes the messages.
 */
export function importChat(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const unwanted: InstructionExample[] = []
  const refuseUnwanted = labelRule(rows, 'ifTruths', unwanted)
  const instructions = readRows(rows, notes, (fields, line): InstructionExample => {
    const name = chatNames.find((one) => fields.has(one)) ?? 'messages'
    const turns = turnsField(fields, name)
    const last = exampleAt(turns, name, notes)
    const prompt = promptOf(underSystem(fields, turns.slice(0, last).map(plainMessage)), name)
    const example = { line, prompt, response: turns[last].content }
    refuseUnwanted(fields, example)
    return example
  })
  return importedAs('chat', notes, { instructions, unwanted })
}

/** The index of the reply that is the example. */
function exampleAt(turns: readonly Turn[], name: string, notes: Notes): number {
  const lastReply = turns.findLastIndex(({ role }) => role === 'assistant')
  if (lastReply === -1) throw new BadRow(`"${name}" has no reply from the assistant`)
  const last = turns.findLastIndex(({ role, isTrained }) => role === 'assistant' && isTrained)
  if (last === -1) throw new UnwantedRow('every reply has weight 0, so there is none to imitate')
  if (last < lastReply) tell(notes, 'Dropped replies of weight 0 at the end of conversations ({}).')
  else if (last < turns.length - 1) tell(notes, 'Dropped a user message at the end of conversations ({}).')
  const earlier = turns.slice(0, last).filter(({ role }) => role === 'assistant').length
  if (earlier > 0) tell(notes, 'In conversations with several replies, the last reply is the example and the others are context ({}).')
  return last
}

/** The name of a row's message field, if it is a known one. */
export const chatNameOf = (fields: Fields): string | undefined => chatNames.find((name) => fields.has(name))
