import type { JsonLine } from '../../common/jsonl.ts'
import { isObject } from '../../shared/is-object.ts'
import type { Requirement } from '../../shared/requirement.ts'
import { type Imported, type InstructionExample, type Prompt, promptKey } from '../imported.ts'
import { BadRow, type Fields, listField, textField, textOf } from './fields.ts'
import { type LabelRule, labelRule } from './labels.ts'
import { messagesField, plainMessage, promptOf } from './messages.ts'
import { inputBeside, joinInput, promptNames, underSystem, withContext } from './prompt-context.ts'
import { importedAs, type Notes, newNotes, readRows, tell } from './read-rows.ts'
import { hasRequirements, requirementsField } from './requirements.ts'
import { misplacedTurn, transcriptTurns } from './transcript.ts'

/** Field names of the prompt, most specific first, and of the response. */
const asked = [...promptNames, 'text', 'input', 'inputs', 'user', 'human'] as const
const answered = ['response', 'answer', 'completion', 'output', 'answers', 'solution', 'target', 'targets', 'assistant'] as const

/** Whether a row has a prompt under a known name. */
export const isPlain = (fields: Fields): boolean => fields.has('turns') || asked.some((name) => fields.has(name))

/**
 * Text rows: a prompt ({prompt}, {text}, {instruction}, {question}, ...) and optionally a response ({response}, {answer}, {output}, ...),
 * with an optional `context` or `input`, a `system` text, and a `history`. In {turns: [text]} (the format of MT-Bench's questions), the
 * first turn is the prompt. A prompt without a response can come with requirements. A JSON string by itself isn't a row.
 */
export function importPlain(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const unwanted: InstructionExample[] = []
  const refuseUnwanted = labelRule(rows, 'ifTruths', unwanted)
  const instructions: InstructionExample[] = []
  const prompts: string[] = []
  const requirements = new Map<string, readonly Requirement[]>()
  for (const row of readRows(rows, notes, (fields, line) => readPlain(fields, line, refuseUnwanted, notes))) {
    if ('response' in row) instructions.push(row)
    else {
      const key = promptKey(row.text)
      if (!requirements.has(key)) requirements.set(key, row.requirements)
      prompts.push(row.text)
    }
  }
  const stated = new Map([...requirements].filter(([, list]) => list.length > 0))
  return importedAs('plain', notes, { instructions, unwanted, prompts, ...(stated.size > 0 && { requirements: stated }) })
}

/** A row's prompt without a response. */
interface BarePrompt {
  readonly text: string
  readonly requirements: readonly Requirement[]
}

function readPlain(fields: Fields, line: number, refuseUnwanted: LabelRule, notes: Notes): InstructionExample | BarePrompt {
  const name = asked.find((one) => fields.has(one))
  const response = name === undefined ? undefined : answered.find((one) => fields.has(one))
  if (response === undefined) {
    const read = readAlone(fields, line, name, notes)
    if (typeof read !== 'string') return read
    return { text: read, requirements: hasRequirements(fields) ? requirementsField(fields) : [] }
  }
  const prompt = promptOfRow(fields, name ?? 'prompt')
  const text = answerOf(fields.get(response), response, notes)
  if (text === '') throw new BadRow(`"${response}" is empty`)
  const example = { line, prompt, response: text }
  refuseUnwanted(fields, example)
  return example
}

/** A row without a response: a prompt, or a whole conversation in one text. */
function readAlone(fields: Fields, line: number, name: string | undefined, notes: Notes): InstructionExample | string {
  if (name === undefined) return firstTurn(fields, notes)
  const turns = name === 'text' ? transcriptTurns(textField(fields, name)) : undefined
  if (turns !== undefined && turns.at(-1)?.content !== '') return fromTranscript(turns, line, notes)
  const prompt = promptOfRow(fields, name)
  if (name === 'text') tell(notes, 'A row with nothing but "text" is a prompt without a response ({}).')
  if (typeof prompt === 'string') return prompt
  throw new BadRow('its prompt is a conversation without a response, but prompts must be a single text')
}

function fromTranscript(turns: ReturnType<typeof transcriptTurns> & object, line: number, notes: Notes): InstructionExample {
  const last = turns.findLastIndex(({ role }) => role === 'assistant')
  if (misplacedTurn(turns) !== -1) throw new BadRow(`"text" is a conversation whose turns don't alternate`)
  if (last < turns.length - 1) tell(notes, 'Dropped a user message at the end of conversations ({}).')
  return { line, prompt: promptOf(turns.slice(0, last).map(plainMessage), 'text'), response: turns[last].content }
}

function promptOfRow(fields: Fields, name: string): Prompt {
  if (Array.isArray(fields.peek(name))) return promptOf(underSystem(fields, messagesField(fields, name)), name)
  return withContext(fields, joinInput(textField(fields, name), inputBeside(fields, name)))
}

function firstTurn(fields: Fields, notes: Notes): string {
  if (!fields.has('turns')) throw new BadRow(`it has none of the fields ${asked.map((name) => `"${name}"`).join(', ')}, and "turns"`)
  const turns = listField(fields, 'turns')
  const [first] = turns
  if (typeof first !== 'string' || textOf(first, 'turns') === '') throw new BadRow(`"turns" doesn't start with text`)
  if (turns.length > 1) tell(notes, 'If there are several turns, the first one is the prompt ({}).')
  return first
}

/** An answer as text, as the first of several (a list, or SQuAD's {text: [...]}), or as one assistant message. */
function answerOf(value: unknown, name: string, notes: Notes): string {
  if (isObject(value)) return answerOf(value.text ?? value.content ?? value.value ?? null, name, notes)
  if (!Array.isArray(value)) return textOf(value ?? '', name)
  if (new Set(value).size > 1) tell(notes, `If "${name}" has several entries, the first one is used ({}).`)
  return textOf(value[0] ?? '', name)
}
