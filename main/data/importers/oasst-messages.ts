import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, RankedAnswer } from '../imported.ts'
import { BadRow, type Fields, rankField, textField, truthOf, UnwantedRow } from './fields.ts'
import { type PlacedAnswer, rankedFrom } from './ranked-answers.ts'
import { attempt, newNotes, readRows, tell, within } from './rows.ts'

/** What is read once it is known where a message belongs. */
const readLater = ['text', 'role', 'lang', 'rank', 'deleted', 'review_result', 'synthetic', 'tree_state']

interface FlatMessage {
  readonly line: number
  readonly id: string
  readonly parent: string | undefined
  readonly fields: Fields
}

/**
 * OpenAssistant messages one by one (as on the Hub): {message_id, parent_id, text, role, lang, rank, ...}. The first turn of each tree is read,
 * as of whole trees: the prompt, and the replies that people ranked. Everything else is skipped with its reason.
 */
export function importOasstMessages(rows: readonly JsonLine[], language = 'en'): Imported {
  const notes = newNotes()
  const seen = new Set<string>()
  const messages = readRows(rows, notes, (fields, line): FlatMessage => {
    const id = textField(fields, 'message_id')
    if (seen.has(id)) throw new BadRow(`there is a message ${id} already`)
    seen.add(id)
    const parent = fields.get('parent_id') ?? ''
    if (typeof parent !== 'string') throw new BadRow('"parent_id" is not a text')
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
      if (prompt === undefined) throw new UnwantedRow(`its parent ${parent} is not in the file`)
      if (prompt.parent !== undefined) throw new UnwantedRow('it is of a later turn, and only first turns are read')
      const text = readOasstText(fields, 'assistant', 'the reply', language)
      if (fields.get('rank') == null) throw new UnwantedRow('the reply has no rank')
      const rank = within('the reply', () => rankField(fields, 'rank'))
      const group = groups.get(parent)
      if (group === undefined) throw new UnwantedRow(`its prompt (line ${prompt.line}) is not used`)
      if (isSynthetic(fields)) tell(notes, syntheticRemark)
      group.answers.push({ line, text, rank })
    })
  }
  const placed = [...groups.values()].flatMap(({ prompt, answers, line }): PlacedAnswer[] => {
    if (answers.length === 0) notes.skipped.push({ line, reason: 'no reply to it has a rank and is fit to use' })
    return answers.map((answer) => ({ question: prompt, answer }))
  })
  const imported = rankedFrom('oasst-messages', placed, notes)
  return { ...imported, skipped: [...imported.skipped].sort((a, b) => a.line - b.line) }
}

/** Whether a model wrote a message; people ranked it like any other. */
export const isSynthetic = (message: Fields): boolean => truthOf(message.get('synthetic')) === true

export const syntheticRemark = 'Messages that a model wrote ("synthetic") are read like those of people ({}).'

/** A message's text, if it is sound and wanted. A review that has not happened (null) counts for the message. */
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
