import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, RankedAnswer } from '../imported.ts'
import { BadRow, type Fields, rankField, textField, truthOf, UnwantedRow } from './fields.ts'
import { type PlacedAnswer, rankedFrom } from './ranked-answers.ts'
import { attempt, newNotes, readRows, tell, within } from './read-rows.ts'

/** Fields that are read once a message's place in the tree is known. */
const readLater = ['text', 'role', 'lang', 'rank', 'deleted', 'review_result', 'synthetic', 'tree_state']

interface FlatMessage {
  readonly line: number
  readonly id: string
  readonly parent: string | undefined
  readonly fields: Fields
}

/**
 * OpenAssistant messages one per row (as on the Hub): {message_id, parent_id, text, role, lang, rank, ...}. As with whole trees, the first
 * turn of each tree is read: the prompt and the human-ranked replies. Everything else is skipped, with the reason.
 */
export function importOasstMessages(rows: readonly JsonLine[], language = 'en'): Imported {
  const notes = newNotes()
  const seen = new Set<string>()
  const messages = readRows(rows, notes, (fields, line): FlatMessage => {
    const id = textField(fields, 'message_id')
    if (seen.has(id)) throw new BadRow(`duplicate message ${id}`)
    seen.add(id)
    const parent = fields.get('parent_id') ?? ''
    if (typeof parent !== 'string') throw new BadRow(`"parent_id" isn't text`)
    for (const name of readLater) fields.get(name)
    return { line, id, parent: parent.trim() === '' ? undefined : parent, fields }
  })
  const groups = new Map<string, { prompt: string; answers: RankedAnswer[]; line: number }>()
  for (const { line, id, parent, fields } of messages) {
    if (parent !== undefined) continue
    const prompt = attempt(line, notes, () => readOasstText(fields, 'prompter', 'the prompt', language))
    if (prompt === undefined) continue
    if (isSynthetic(fields)) tell(notes, syntheticRemark)
    groups.set(id, { prompt, answers: [], line })
  }
  const byId = new Map(messages.map((message) => [message.id, message]))
  for (const { line, parent, fields } of messages) {
    if (parent === undefined) continue
    attempt(line, notes, () => {
      const prompt = byId.get(parent)
      if (prompt === undefined) throw new UnwantedRow(`its parent ${parent} isn't in the file`)
      if (prompt.parent !== undefined) throw new UnwantedRow('it belongs to a later turn, and only first turns are read')
      const text = readOasstText(fields, 'assistant', 'the reply', language)
      if (fields.get('rank') == null) throw new UnwantedRow('the reply has no rank')
      const rank = within('the reply', () => rankField(fields, 'rank'))
      const group = groups.get(parent)
      if (group === undefined) throw new UnwantedRow(`its prompt (line ${prompt.line}) isn't used`)
      if (isSynthetic(fields)) tell(notes, syntheticRemark)
      group.answers.push({ line, text, rank })
    })
  }
  const placed = [...groups.values()].flatMap(({ prompt, answers, line }): PlacedAnswer[] => {
    if (answers.length === 0) notes.skipped.push({ line, reason: 'it has no usable reply with a rank' })
    return answers.map((answer) => ({ question: prompt, answer }))
  })
  const imported = rankedFrom('oasst-messages', placed, notes)
  return { ...imported, skipped: [...imported.skipped].sort((a, b) => a.line - b.line) }
}

/** Whether a model wrote the message; those are ranked by humans too. */
export const isSynthetic = (message: Fields): boolean => truthOf(message.get('synthetic')) === true

export const syntheticRemark = 'Messages written by a model ("synthetic") are treated like human ones ({}).'

/** A message's text, if it is valid and wanted. A message without a review (null) is accepted. */
export function readOasstText(message: Fields, role: string, name: string, language: string): string {
  const state = message.get('tree_state') ?? ''
  if (state !== '' && state !== 'ready_for_export') throw new UnwantedRow(`the tree's state is ${String(state)}`)
  if (truthOf(message.get('deleted')) === true) throw new UnwantedRow(`${name} is deleted`)
  if (truthOf(message.get('review_result')) === false) throw new UnwantedRow(`${name} failed its review`)
  return within(name, () => {
    const spoken = textField(message, 'role')
    if (spoken !== role) throw new BadRow(`"role" is "${spoken}", not "${role}"`)
    const lang = textField(message, 'lang')
    if (lang !== language && !lang.startsWith(`${language}-`)) throw new UnwantedRow(`${name} is in language "${lang}"`)
    return textField(message, 'text')
  })
}
