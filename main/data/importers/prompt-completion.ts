import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, InstructionExample } from '../imported.ts'
import { promptField, responseField } from './messages.ts'
import { BadRow, type Fields, listField, newNotes, optionalText, readRows } from './rows.ts'

/**
 * TRL's prompt-completion rows: {prompt, completion}, each a text or a list of messages. Ready-made EFT examples have this form too. Laurel's
 * own fields: `weights` of the completion's tokens; `task`, the instruction without its input; `classification`, whether labels are given.
 */
export function importPromptCompletion(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const instructions = readRows(rows, notes, (fields, line): InstructionExample => {
    const prompt = promptField(fields, 'prompt')
    const weights = fields.get('weights') === undefined ? undefined : weightsField(fields)
    const task = optionalText(fields, 'task')
    const classification = fields.get('classification')
    if (classification !== undefined && typeof classification !== 'boolean') throw new BadRow('"classification" is neither true nor false')
    return {
      line,
      prompt,
      response: responseField(fields, 'completion', prompt),
      ...(task !== '' && { task }),
      ...(weights && { weights }),
      ...(classification !== undefined && { classification }),
    }
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
