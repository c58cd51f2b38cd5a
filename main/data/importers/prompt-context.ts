import type { Message } from '../../shared/engine-protocol.ts'
import { isObject } from '../../shared/is-object.ts'
import type { Prompt } from '../imported.ts'
import { BadRow, type Fields, optionalText } from './fields.ts'
import { messagesOf } from './messages.ts'
import { transcriptPrompt } from './transcript.ts'

/** Field names of the instruction in text rows, most specific first. */
export const promptNames = ['prompt', 'instruction', 'question', 'query', 'problem'] as const

/** Field names of the text that an instruction applies to. */
const inputNames = ['input', 'context'] as const

/** An instruction and its input as one message, separated by a blank line. */
export const joinInput = (instruction: string, input: string): string => (input === '' ? instruction : `${instruction}\n\n${input}`)

/** The input of a row's instruction, if it has one. */
export function inputBeside(fields: Fields, promptName: string): string {
  const name = fields.first(...inputNames.filter((one) => one !== promptName))
  const text = name === undefined ? '' : optionalText(fields, name)
  return /^<no ?input>$/i.test(text.trim()) ? '' : text // as Self-Instruct's models mark it
}

/** The prompt of a text row, preceded by its system text and earlier turns, if any. */
export function withContext(fields: Fields, text: string): Prompt {
  const system = systemText(fields)
  const turns = historyOf(fields)
  const spoken = transcriptPrompt(text)
  if (system === '' && turns.length === 0) return spoken ?? text
  const asked =
    spoken === undefined ? [{ role: 'user', content: text }] : typeof spoken === 'string' ? [{ role: 'user', content: spoken }] : spoken
  if (system !== '' && (turns[0] ?? asked[0]).role === 'system') throw twoSystems()
  return [...systemMessages(system), ...turns, ...asked]
}

const systemText = (fields: Fields): string => optionalText(fields, fields.first('system', 'system_prompt') ?? 'system')

/** Messages preceded by the row's separate system text. */
export function underSystem(fields: Fields, messages: readonly Message[]): readonly Message[] {
  const system = systemText(fields)
  if (system !== '' && messages[0]?.role === 'system') throw twoSystems()
  return [...systemMessages(system), ...messages]
}

const systemMessages = (system: string): Message[] => (system === '' ? [] : [{ role: 'system', content: system }])

const twoSystems = (): BadRow => new BadRow('there is a system message both in "system" and in the messages')

/** Earlier turns: a list of [user, assistant] pairs, or messages that end with the assistant's. */
function historyOf(fields: Fields): Message[] {
  const history = fields.get('history') ?? []
  if (typeof history === 'string' && history.trim() === '') return []
  if (!Array.isArray(history)) throw new BadRow(`"history" isn't a list`)
  if (history.length > 0 && history.every(isObject)) {
    const messages = messagesOf(fields, 'history', history)
    if (messages.length > 0 && messages[messages.length - 1].role !== 'assistant') throw new BadRow('"history" ends without a reply')
    return messages
  }
  return history.flatMap((turn: unknown, i): Message[] => {
    if (
      !Array.isArray(turn) ||
      turn.length !== 2 ||
      turn.some((side) => typeof side !== 'string' || side.trim() === '' || !side.isWellFormed())
    ) {
      throw new BadRow(`history[${i}] isn't a list of two texts`)
    }
    const [user, assistant] = turn as [string, string]
    return [
      { role: 'user', content: user },
      { role: 'assistant', content: assistant },
    ]
  })
}
