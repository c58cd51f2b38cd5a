import type { Message } from '../../engine/protocol.ts'
import type { Prompt } from '../imported.ts'
import { BadRow, type Fields, fieldsOf, isObject, listField, textField, within } from './rows.ts'

/** The names under which files know the three roles. */
const roles: ReadonlyMap<string, string> = new Map([
  ['system', 'system'],
  ['user', 'user'],
  ['human', 'user'],
  ['prompter', 'user'],
  ['assistant', 'assistant'],
  ['gpt', 'assistant'],
])

/** One message in either spelling: {role, content} or {from, value}. `where` names it in the reason. */
export function readMessage(value: unknown, where: string): Message {
  const fields = fieldsOf(value, where)
  const [roleKey, textKey] = fields.has('from') ? ['from', 'value'] : ['role', 'content']
  const name = within(where, () => textField(fields, roleKey))
  const role = roles.get(name.toLowerCase())
  if (role === undefined) throw new BadRow(`${where}: role "${name}" is none of system, user (human), assistant (gpt)`)
  return { role, content: within(where, () => textField(fields, textKey)) }
}

/** A field's messages, in an order a chat template can render: a system message at most at the start, then user and assistant in turn. */
export function messagesField(fields: Fields, name: string): Message[] {
  const messages = listField(fields, name).map((value, i) => readMessage(value, `${name}[${i}]`))
  let expected = 'user'
  for (const [i, { role }] of messages.entries()) {
    if (role === 'system' && i === 0) continue
    if (role !== expected) throw new BadRow(`${name}[${i}] is from the ${role}; the ${expected} is next`)
    expected = role === 'user' ? 'assistant' : 'user'
  }
  return messages
}

/** A prompt as text or as messages that end with the user's. A lone user message is the same as its text. */
export function promptField(fields: Fields, name: string): Prompt {
  if (!Array.isArray(fields.get(name))) return textField(fields, name)
  return promptOf(messagesField(fields, name), name)
}

/** Messages as a prompt: they must end with the user's. */
export function promptOf(messages: readonly Message[], name: string): Prompt {
  const last = messages.at(-1)
  if (last?.role !== 'user') throw new BadRow(`"${name}" ends with the ${last?.role ?? 'nobody'}'s message; a prompt ends with the user's`)
  return messages.length === 1 ? last.content : messages
}

/** A response as text, as one assistant message, or as a list that ends with one after repeating `prompt`. */
export function responseField(fields: Fields, name: string, prompt: Prompt): string {
  const value = fields.get(name)
  if (isObject(value)) return assistantText(readMessage(value, name), name)
  if (!Array.isArray(value)) return textField(fields, name)
  const messages = listField(fields, name).map((entry, i) => readMessage(entry, `${name}[${i}]`))
  const before = messages.slice(0, -1)
  if (before.length > 0 && !sameMessages(before, asMessages(prompt))) {
    throw new BadRow(
      `"${name}" has ${messages.length} messages; a response is one assistant message, or the prompt's messages and one more`,
    )
  }
  return assistantText(messages[messages.length - 1], name)
}

export const asMessages = (prompt: Prompt): readonly Message[] =>
  typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt

export const sameMessages = (a: readonly Message[], b: readonly Message[]): boolean =>
  a.length === b.length && a.every((message, i) => message.role === b[i].role && message.content === b[i].content)

function assistantText(message: Message, name: string): string {
  if (message.role !== 'assistant') throw new BadRow(`"${name}" ends with the ${message.role}'s message; a response is the assistant's`)
  return message.content
}
