import type { Message } from '../../shared/engine-protocol.ts'
import { isObject } from '../../shared/is-object.ts'
import type { Prompt } from '../imported.ts'
import { BadRow, type Fields, isBlank, kindOf, listField, optionalText, textField, textOf } from './fields.ts'
import { within } from './read-rows.ts'

/** The names that files use for the three roles. */
const roles: ReadonlyMap<string, string> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ...['user', 'human', 'prompter'].map((name) => [name, 'user'] as const),
  ...['assistant', 'gpt', 'chatgpt', 'model', 'bot', 'chatbot', 'bard', 'bing', 'ai'].map((name) => [name, 'assistant'] as const),
])

/** A message, and whether it should be trained on. */
export interface Turn extends Message {
  readonly isTrained: boolean
}

/**
 * One message in either form: {role, content} or {from, value}. `where` names it in error reasons, `path` in the names of unread fields.
 * Only a system message can be empty, unless `mayBeEmpty`.
 */
function readTurn(row: Fields, value: unknown, path: string, where: string, mayBeEmpty = false): Turn {
  const fields = row.inner(path, value, where)
  return within(where, () => {
    const name = textField(fields, fields.has('from') ? 'from' : 'role')
    const role = roles.get(name.trim().toLowerCase())
    const call = ['tool_calls', 'function_call'].find((one) => !isBlank(fields.peek(one)))
    if (call !== undefined) throw new BadRow(`it calls a tool ("${call}"), but only text is supported`)
    if (role === undefined) throw new BadRow(`role "${name}" isn't one of system, user (human), assistant (gpt)`)
    const textName = ['content', 'value', 'text'].find((one) => fields.has(one)) ?? (fields.has('from') ? 'value' : 'content')
    const content = contentOf(fields.get(textName), textName)
    if (content === '' && role !== 'system' && !mayBeEmpty)
      throw new BadRow(fields.get(textName) == null ? `"${textName}" is missing` : `"${textName}" is empty`)
    return { role, content, isTrained: isTrained(fields) }
  })
}

/** A message's text, whole or in parts. A part that isn't text is an error, since the text may refer to it. */
function contentOf(content: unknown, name: string): string {
  if (!Array.isArray(content)) return textOf(content ?? '', name)
  const texts = content.map((part: unknown, i) => {
    if (typeof part === 'string') return part
    if (!isObject(part)) throw new BadRow(`${name}[${i}] is ${kindOf(part)}, not a message part`)
    if (typeof part.text === 'string' && (part.type === undefined || /text$/.test(String(part.type)))) return part.text
    throw new BadRow(`${name}[${i}] has type "${String(part.type ?? 'unknown')}", but only text is supported`)
  })
  return textOf(texts.join(''), name)
}

/** `weight: 0` (OpenAI), `train: false` (axolotl) and `loss: false` (ms-swift) exclude a message from training. */
function isTrained(fields: Fields): boolean {
  for (const name of ['weight', 'train', 'loss']) {
    const value = fields.peek(name)
    if (value == null) continue
    const number = Number(fields.get(name))
    if (Number.isNaN(number) || number < 0) throw new BadRow(`"${name}" is neither a nonnegative number nor a boolean`)
    if (number === 0) return false
  }
  return true
}

/** A field's turns in an order that chat templates accept: an optional system message, then alternating user and assistant. */
export const turnsField = (fields: Fields, name: string): Turn[] => turnsOf(fields, name, listField(fields, name))

function turnsOf(fields: Fields, name: string, values: readonly unknown[]): Turn[] {
  let expected = 'user'
  return values.flatMap((value, i) => {
    const turn = readTurn(fields, value, `${name}[]`, `${name}[${i}]`)
    if (turn.role === 'system' && turn.content === '') return [] // empty, so dropped
    if (turn.role === 'system' && i === 0) return [turn]
    if (turn.role !== expected) throw new BadRow(`${name}[${i}] is from the ${turn.role}, but it must be from the ${expected}`)
    expected = turn.role === 'user' ? 'assistant' : 'user'
    return [turn]
  })
}

export const plainMessage = ({ role, content }: Message): Message => ({ role, content })

export const messagesField = (fields: Fields, name: string): Message[] => turnsField(fields, name).map(plainMessage)

/** Messages from a field with the given name. */
export const messagesOf = (fields: Fields, name: string, values: readonly unknown[]): Message[] =>
  turnsOf(fields, name, values).map(plainMessage)

/** Messages as a prompt, which must end with the user's. */
export function promptOf(messages: readonly Message[], name: string): Prompt {
  const last = messages.at(-1)
  if (last?.role !== 'user')
    throw new BadRow(
      `"${name}" must end with a user message, not with ${last === undefined ? 'nothing' : `a message from the ${last.role}`}`,
    )
  return messages.length === 1 ? last.content : messages
}

/** A response as text, as an assistant message, or as a list that repeats `prompt` and ends with one. */
export function responseField(fields: Fields, name: string, prompt: Prompt, mayBeEmpty = false): string {
  const value = fields.get(name)
  if (isObject(value)) return assistantText(readTurn(fields, value, name, name, mayBeEmpty), name)
  if (!Array.isArray(value)) return mayBeEmpty ? optionalText(fields, name) : textField(fields, name)
  const messages = replyTurns(fields, name, mayBeEmpty)
  const before = messages.slice(0, -1)
  if (before.length > 0 && !sameMessages(before, asMessages(prompt))) {
    throw new BadRow(
      `"${name}" has ${messages.length} messages, but a response must be one assistant message, or the prompt's messages plus one`,
    )
  }
  return assistantText(messages[messages.length - 1], name)
}

/** The messages of a response in any order, without empty system messages. */
export const replyTurns = (fields: Fields, name: string, mayBeEmpty = false): Message[] =>
  listField(fields, name)
    .map((entry, i) => readTurn(fields, entry, `${name}[]`, `${name}[${i}]`, mayBeEmpty))
    .filter(({ role, content }) => role !== 'system' || content !== '')

export const asMessages = (prompt: Prompt): readonly Message[] =>
  typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt

export const sameMessages = (a: readonly Message[], b: readonly Message[]): boolean =>
  a.length === b.length && a.every((message, i) => message.role === b[i].role && message.content === b[i].content)

function assistantText(message: Message | undefined, name: string): string {
  if (message?.role !== 'assistant')
    throw new BadRow(`"${name}" must end with an assistant message, not with one from the ${message?.role ?? 'system'}`)
  return message.content
}
