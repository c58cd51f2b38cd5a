import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, InstructionExample } from '../imported.ts'
import { textField } from './fields.ts'
import { labelRule } from './labels.ts'
import { inputBeside, joinInput, withContext } from './prompt-context.ts'
import { importedAs, newNotes, readRows } from './read-rows.ts'

/** Alpaca rows: {instruction, input, output}, with optional `system` text and `history` of [user, assistant] turns. */
export function importAlpaca(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const unwanted: InstructionExample[] = []
  const refuseUnwanted = labelRule(rows, 'ifTruths', unwanted)
  const instructions = readRows(rows, notes, (fields, line): InstructionExample => {
    const task = textField(fields, 'instruction')
    const text = joinInput(task, inputBeside(fields, 'instruction'))
    const prompt = withContext(fields, text)
    const response = textField(fields, 'output')
    const example = { line, prompt, response, ...(text === task ? {} : { task }) }
    refuseUnwanted(fields, example)
    return example
  })
  return importedAs('alpaca', notes, { instructions, unwanted })
}
