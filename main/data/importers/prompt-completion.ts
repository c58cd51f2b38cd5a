import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, InstructionExample } from '../imported.ts'
import { promptField, responseField } from './messages.ts'
import { BadRow, type Fields, listField, newNotes, readRows } from './rows.ts'

/** TRL's prompt-completion rows: {prompt, completion}, each a text or a list of messages, and Laurel's own `weights` of the completion's tokens. Ready-made EFT examples have this form too. */
export function importPromptCompletion(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const instructions = readRows(rows, notes, (fields, line): InstructionExample => {
    const prompt = promptField(fields, 'prompt')
    const weights = fields.get('weights') === undefined ? undefined : weightsField(fields)
    return { line, prompt, response: responseField(fields, 'completion', prompt), ...(weights && { weights }) }
  })
  return { format: 'prompt-completion', instructions, ranked: [], preferences: [], prompts: [], ...notes }
}

/** The loss weight of each token of the completion: ticks and scores are few among many words, and they are what makes a judge. */
function weightsField(fields: Fields): number[] {
  return listField(fields, 'weights').map((weight) => {
    if (typeof weight !== 'number' || weight < 0) throw new BadRow('"weights" holds something other than numbers from 0 up')
    return weight
  })
}
