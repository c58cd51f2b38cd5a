import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, RankedAnswer, RankedPrompt } from '../imported.ts'
import { bestAnswers } from './ranked-answers.ts'
import {
  attempt,
  BadRow,
  type Fields,
  fieldsOf,
  newNotes,
  optionalText,
  rankField,
  readRows,
  textField,
  UnwantedRow,
  within,
} from './rows.ts'

/**
 * OpenAssistant message trees, one a line. Of each tree the first turn is read: the prompt and the replies that people
 * ranked. Left out, and noted as skipped: trees not ready for export, messages that are deleted, failed their review or
 * are in another language, and replies without a rank. The reply of rank 0 is also an instruction example.
 */
export function importOasstTrees(rows: readonly JsonLine[], language = 'en'): Imported {
  const notes = newNotes()
  const ranked = readRows(rows, notes, (tree, line): RankedPrompt => {
    const state = optionalText(tree, 'tree_state')
    if (state !== '' && state !== 'ready_for_export') throw new UnwantedRow(`the tree's state is ${state}`)
    const prompt = fieldsOf(tree.get('prompt'), '"prompt"')
    const text = readText(prompt, 'prompter', 'the prompt', language)
    const replies = prompt.get('replies') ?? []
    if (!Array.isArray(replies)) throw new BadRow('"replies" is not a list')
    const answers = replies.flatMap((reply: unknown, i): RankedAnswer[] => {
      const answer = attempt(line, notes, () => readReply(reply, `reply ${i + 1}`, line, language))
      return answer === undefined ? [] : [answer]
    })
    if (answers.length === 0) throw new UnwantedRow('no reply has a rank and is fit to use')
    return { prompt: text, answers: answers.sort((a, b) => a.rank - b.rank) }
  })
  return { format: 'oasst-trees', instructions: bestAnswers(ranked), ranked, preferences: [], prompts: [], ...notes }
}

function readReply(value: unknown, name: string, line: number, language: string): RankedAnswer {
  const reply = fieldsOf(value, name)
  const text = readText(reply, 'assistant', name, language)
  if (reply.get('rank') == null) throw new UnwantedRow(`${name} has no rank`)
  return { line, text, rank: within(name, () => rankField(reply, 'rank')) }
}

/** A message's text, if it is sound and wanted. A review that has not happened (null) counts for the message. */
function readText(message: Fields, role: string, name: string, language: string): string {
  if (message.get('deleted') === true) throw new UnwantedRow(`${name} is deleted`)
  if (message.get('review_result') === false) throw new UnwantedRow(`${name} failed its review`)
  return within(name, () => {
    if (textField(message, 'role') !== role) throw new BadRow(`"role" is "${message.get('role')}", not "${role}"`)
    const lang = textField(message, 'lang')
    if (lang !== language && !lang.startsWith(`${language}-`)) throw new UnwantedRow(`${name} is in language "${lang}"`)
    return textField(message, 'text')
  })
}
