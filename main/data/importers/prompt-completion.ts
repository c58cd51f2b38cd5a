import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, InstructionExample, Prompt } from '../imported.ts'
import { BadRow, type Fields, listField, optionalText, textField } from './fields.ts'
import { labelRule } from './labels.ts'
import { messagesField, promptOf, responseField } from './messages.ts'
import { inputBeside, joinInput, underSystem, withContext } from './prompt-context.ts'
import { importedAs, newNotes, readRows } from './read-rows.ts'

/**
 * TRL's prompt-completion rows: {prompt, completion}, each a text or a list of messages. Ready-made EFT examples use this format too. With
 * a `label` (unpaired preferences, as for KTO), only wanted completions are examples. Laurel's own fields: `weights` per completion token;
 * `task`, the instruction without its input; `classification`, whether the task has given labels.
 */
export function importPromptCompletion(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const unwanted: InstructionExample[] = []
  const refuseUnwanted = labelRule(rows, 'always', unwanted)
  const instructions = readRows(rows, notes, (fields, line): InstructionExample => {
    const prompt = promptOfRow(fields)
    const weights = fields.get('weights') === undefined ? undefined : weightsField(fields)
    const task = optionalText(fields, 'task')
    const classification = fields.get('classification')
    if (classification !== undefined && typeof classification !== 'boolean') throw new BadRow('"classification" is neither true nor false')
    const response = responseField(fields, 'completion', prompt)
    const example = {
      line,
      prompt,
      response,
      ...(task !== '' && { task }),
      ...(weights && { weights }),
      ...(classification !== undefined && { classification }),
    }
    refuseUnwanted(fields, example)
    return example
  })
  return importedAs('prompt-completion', notes, { instructions, unwanted })
}

/** The prompt, or the turns before the reply if the completion is a whole conversation (TRL's implicit format). */
function promptOfRow(fields: Fields): Prompt {
  if (fields.peek('prompt') == null && Array.isArray(fields.peek('completion')))
    return promptOf(underSystem(fields, messagesField(fields, 'completion').slice(0, -1)), 'completion')
  if (Array.isArray(fields.peek('prompt'))) return promptOf(underSystem(fields, messagesField(fields, 'prompt')), 'prompt')
  return withContext(fields, joinInput(textField(fields, 'prompt'), inputBeside(fields, 'prompt')))
}

/** Loss weight per completion token: ticks and scores are rare among the words, but they are what makes a judge. */
function weightsField(fields: Fields): number[] {
  return listField(fields, 'weights').map((weight) => {
    if (typeof weight !== 'number' || weight < 0) throw new BadRow('"weights" must contain only nonnegative numbers')
    return weight
  })
}
