import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, PreferenceExample, Prompt } from '../imported.ts'
import { messagesField, promptField, promptOf, responseField, sameMessages } from './messages.ts'
import { BadRow, type Fields, newNotes, optionalNumber, readRows } from './rows.ts'

/**
 * TRL's preference rows: {prompt, chosen, rejected}, each a text or a list of messages; with `score_chosen` and
 * `score_rejected` where known. Lists may repeat the prompt before the reply. Without a `prompt` field (TRL's implicit
 * form) the messages that both sides share are the prompt; in texts that place cannot be found without guessing.
 */
export function importPreferences(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const preferences = readRows(rows, notes, (fields, line) => {
    const prompt = fields.get('prompt') == null ? sharedPrompt(fields) : promptField(fields, 'prompt')
    return preferenceOf(line, prompt, fields)
  })
  return { format: 'preferences', instructions: [], ranked: [], preferences, prompts: [], ...notes }
}

/** A row's two sides under a prompt. Equal sides prefer nothing. */
export function preferenceOf(line: number, prompt: Prompt, fields: Fields): PreferenceExample {
  const chosen = responseField(fields, 'chosen', prompt)
  const rejected = responseField(fields, 'rejected', prompt)
  if (chosen === rejected) throw new BadRow('"chosen" and "rejected" are the same')
  const scoreChosen = optionalNumber(fields, 'score_chosen')
  const scoreRejected = optionalNumber(fields, 'score_rejected')
  return {
    line,
    prompt,
    chosen,
    rejected,
    ...(scoreChosen === undefined ? {} : { scoreChosen }),
    ...(scoreRejected === undefined ? {} : { scoreRejected }),
  }
}

function sharedPrompt(fields: Fields): Prompt {
  if (!Array.isArray(fields.get('chosen')) || !Array.isArray(fields.get('rejected'))) throw new BadRow('"prompt" is missing')
  const chosen = messagesField(fields, 'chosen').slice(0, -1)
  const rejected = messagesField(fields, 'rejected').slice(0, -1)
  if (!sameMessages(chosen, rejected))
    throw new BadRow('"chosen" and "rejected" differ before their last message, and there is no "prompt"')
  return promptOf(chosen, 'chosen')
}
