import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, InstructionExample } from '../imported.ts'
import { messagesField, promptOf } from './messages.ts'
import { BadRow, newNotes, optionalText, readRows } from './rows.ts'

/**
 * Whole conversations: {conversations: [{from, value}]} (ShareGPT) or {messages: [{role, content}]}. The example is the
 * last reply with everything before it as its prompt; a question left without a reply at the end is cut off. A `system`
 * field stands before the messages.
 */
export function importChat(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const instructions = readRows(rows, notes, (fields, line): InstructionExample => {
    const name = fields.has('conversations') ? 'conversations' : 'messages'
    const messages = messagesField(fields, name)
    const last = messages.findLastIndex((message) => message.role === 'assistant')
    if (last === -1) throw new BadRow(`"${name}" has no reply from the assistant`)
    const system = optionalText(fields, 'system')
    if (system !== '' && messages[0].role === 'system') throw new BadRow('there is a system message both in "system" and in the messages')
    const before = [...(system === '' ? [] : [{ role: 'system', content: system }]), ...messages.slice(0, last)]
    return { line, prompt: promptOf(before, name), response: messages[last].content }
  })
  return { format: 'chat', instructions, ranked: [], preferences: [], prompts: [], ...notes }
}
