import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, InstructionExample, Prompt } from '../imported.ts'
import { inputBeside, joinInput, promptNames, underSystem, withContext } from './context.ts'
import { BadRow, type Fields, isObject, listField, textField, textOf } from './fields.ts'
import { type LabelRule, labelRule } from './labels.ts'
import { messagesField, plainMessage, promptOf } from './messages.ts'
import { importedAs, type Notes, newNotes, readRows, tell } from './rows.ts'
import { transcriptTurns } from './transcript.ts'

/** Names of what is asked, the most particular first, and of what is answered. */
const asked = [...promptNames, 'text', 'input', 'inputs', 'user', 'human'] as const
const answered = ['response', 'answer', 'completion', 'output', 'answers', 'solution', 'target', 'targets', 'assistant'] as const

/** Whether a row has a text to be asked under one of the names known here. */
export const isPlain = (fields: Fields): boolean => fields.has('turns') || asked.some((name) => fields.has(name))

/**
 * Rows of texts: what is asked ({prompt}, {text}, {instruction}, {question}, ...) and, where there is one, what is answered ({response},
 * {answer}, {output}, ...), with the `context` or `input` it is about, a `system` text and a `history`. Of {turns: [text]} (the form of MT-Bench's
 * questions) the first turn is the prompt. A JSON string by itself is not a row.
 */
export function importPlain(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const refuseUnwanted = labelRule(rows, 'ifTruths')
  const instructions: InstructionExample[] = []
  const prompts: string[] = []
  for (const row of readRows(rows, notes, (fields, line) => readPlain(fields, line, refuseUnwanted, notes))) {
    if (typeof row === 'string') prompts.push(row)
    else instructions.push(row)
  }
  return importedAs('plain', notes, { instructions, prompts })
}

function readPlain(fields: Fields, line: number, refuseUnwanted: LabelRule, notes: Notes): InstructionExample | string {
  const name = asked.find((one) => fields.has(one))
  const response = name === undefined ? undefined : answered.find((one) => fields.has(one))
  if (response === undefined) return readAlone(fields, line, name, notes)
  const prompt = promptOfRow(fields, name ?? 'prompt')
  const text = answerOf(fields.get(response), response, notes)
  if (text === '') throw new BadRow(`"${response}" is empty`)
  refuseUnwanted(fields)
  return { line, prompt, response: text }
}

/** A row without an answer: a prompt, or a whole conversation in one text. */
function readAlone(fields: Fields, line: number, name: string | undefined, notes: Notes): InstructionExample | string {
  if (name === undefined) return firstTurn(fields, notes)
  const turns = name === 'text' ? transcriptTurns(textField(fields, name)) : undefined
  if (turns !== undefined && turns.at(-1)?.content !== '') return fromTranscript(turns, line, notes)
  const prompt = promptOfRow(fields, name)
  if (typeof prompt === 'string') return prompt
  throw new BadRow('its prompt is a conversation without a response, and prompts are single texts')
}

function fromTranscript(turns: ReturnType<typeof transcriptTurns> & object, line: number, notes: Notes): InstructionExample {
  const last = turns.findLastIndex(({ role }) => role === 'assistant')
  if (turns.some(({ role, content }, i) => content === '' || role !== (i % 2 === 0 ? 'user' : 'assistant')))
    throw new BadRow('"text" is a conversation whose turns do not alternate')
  if (last < turns.length - 1) tell(notes, 'Conversations that end with the user’s message end before it ({}).')
  return { line, prompt: promptOf(turns.slice(0, last).map(plainMessage), 'text'), response: turns[last].content }
}

function promptOfRow(fields: Fields, name: string): Prompt {
  if (Array.isArray(fields.peek(name))) return promptOf(underSystem(fields, messagesField(fields, name)), name)
  return withContext(fields, joinInput(textField(fields, name), inputBeside(fields, name)))
}

function firstTurn(fields: Fields, notes: Notes): string {
  if (!fields.has('turns')) throw new BadRow(`none of ${asked.map((name) => `"${name}"`).join(', ')} and "turns" is there`)
  const turns = listField(fields, 'turns')
  const [first] = turns
  if (typeof first !== 'string' || textOf(first, 'turns') === '') throw new BadRow('"turns" does not start with a text')
  if (turns.length > 1) tell(notes, 'Of several turns the first is the prompt ({}).')
  return first
}

/** An answer as text, as the first of several (a list, or SQuAD's {text: [...]}), or as one assistant message. */
function answerOf(value: unknown, name: string, notes: Notes): string {
  if (isObject(value)) return answerOf(value.text ?? value.content ?? value.value ?? null, name, notes)
  if (!Array.isArray(value)) return textOf(value ?? '', name)
  if (new Set(value).size > 1) tell(notes, `Of several entries in "${name}" the first is read ({}).`)
  return textOf(value[0] ?? '', name)
}
