import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, InstructionExample } from '../imported.ts'
import { BadRow, type Fields, listField, newNotes, optionalText, readRows, textField } from './rows.ts'

/**
 * Plain rows: {prompt} or {text} are prompts, {instruction, response} is an instruction example, and of {turns: [text]}
 * (the form of MT-Bench's questions) the first turn is the prompt. A JSON string by itself is not a row.
 */
export function importPlain(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const instructions: InstructionExample[] = []
  const prompts: string[] = []
  readRows(rows, notes, (fields, line) => {
    const prompt = readPrompt(fields)
    const response = optionalText(fields, 'response')
    if (response !== '') instructions.push({ line, prompt, response })
    else if (fields.has('response')) throw new BadRow('"response" is empty')
    else prompts.push(prompt)
  })
  return { format: 'plain', instructions, ranked: [], preferences: [], prompts, ...notes }
}

function readPrompt(fields: Fields): string {
  const name = ['prompt', 'instruction', 'text'].find((key) => fields.has(key))
  if (name !== undefined) return textField(fields, name)
  if (!fields.has('turns')) throw new BadRow('none of "prompt", "text", "instruction" and "turns" is there')
  const [first] = listField(fields, 'turns')
  if (typeof first !== 'string' || first.trim() === '') throw new BadRow('"turns" does not start with a text')
  return first
}
