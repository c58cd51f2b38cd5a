import type { JsonLine } from '../../common/jsonl.ts'
import type { Message } from '../../engine/protocol.ts'
import type { Imported, InstructionExample, Prompt } from '../imported.ts'
import { BadRow, type Fields, newNotes, optionalText, readRows, textField } from './rows.ts'

/** Alpaca rows: {instruction, input, output}, and the optional `system` text and `history` of [user, assistant] turns. */
export function importAlpaca(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const instructions = readRows(rows, notes, (fields, line): InstructionExample => {
    const task = textField(fields, 'instruction')
    const text = joinInput(task, optionalText(fields, 'input'))
    const prompt = withContext(fields, text)
    return { line, prompt, response: textField(fields, 'output'), ...(text === task ? {} : { task }) }
  })
  return { format: 'alpaca', instructions, ranked: [], preferences: [], prompts: [], ...notes }
}

/** An instruction and the text it works on, as one message: the input stands after a blank line. */
export const joinInput = (instruction: string, input: string): string => (input === '' ? instruction : `${instruction}\n\n${input}`)

function withContext(fields: Fields, text: string): Prompt {
  const system = optionalText(fields, 'system')
  const history = fields.get('history') ?? []
  if (!Array.isArray(history)) throw new BadRow('"history" is not a list')
  const turns = history.flatMap((turn: unknown, i): Message[] => {
    if (!Array.isArray(turn) || turn.length !== 2 || turn.some((side) => typeof side !== 'string' || side.trim() === '')) {
      throw new BadRow(`history[${i}] is not a list of two texts`)
    }
    const [user, assistant] = turn as [string, string]
    return [
      { role: 'user', content: user },
      { role: 'assistant', content: assistant },
    ]
  })
  if (system === '' && turns.length === 0) return text
  return [...(system === '' ? [] : [{ role: 'system', content: system }]), ...turns, { role: 'user', content: text }]
}
