import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, InstructionExample } from '../imported.ts'
import { textField } from './fields.ts'
import { labelRule } from './labels.ts'
import { inputBeside, joinInput, withContext } from './prompt-context.ts'
import { importedAs, newNotes, readRows } from './read-rows.ts'

/** Alpaca rows: {instruction, input, output}, with optional `system` text and `history` of [user, assistant] turns. */
export function importAlpaca(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const refuseUnwanted = labelRule(rows, 'ifTruths')
  const instructions = readRows(rows, notes, (fields, line): InstructionExample => {
    const task = textField(fields, 'instruction')
    const text = joinInput(task, inputBeside(fields, 'instruction'))
    const prompt = withContext(fields, text)
    const response = textField(fields, 'output')
    refuseUnwanted(fields)
    return { line, prompt, response, ...(text === task ? {} : { task }) }
  })
  return importedAs('alpaca', notes, { instructions })
}
