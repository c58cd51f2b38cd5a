import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, InstructionExample } from '../imported.ts'
import { BadRow, type Fields, listField, optionalText, textField } from './fields.ts'
import { joinInput } from './prompt-context.ts'
import { attempt, importedAs, newNotes, readRows, within } from './read-rows.ts'

/**
 * Self-instruct seed tasks (Wang et al. 2022): {instruction, instances: [{input, output}], is_classification}. One example per instance.
 */
export function importSelfInstructSeeds(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const tasks = readRows(rows, notes, (fields, line): InstructionExample[] => {
    const task = textField(fields, 'instruction')
    const classification = fields.get('is_classification') ?? false
    if (typeof classification !== 'boolean') throw new BadRow('"is_classification" is neither true nor false')
    return listField(fields, 'instances').flatMap((instance, i) => {
      const read = attempt(line, notes, () => readInstance(fields, instance, `instances[${i}]`))
      return read === undefined ? [] : [{ line, prompt: joinInput(task, read.input), response: read.output, task, classification }]
    })
  })
  return importedAs('self-instruct-seeds', notes, { instructions: tasks.flat() })
}

function readInstance(row: Fields, value: unknown, name: string): { input: string; output: string } {
  const fields = row.inner('instances[]', value, name)
  return within(name, () => ({ input: optionalText(fields, 'input'), output: textField(fields, 'output') }))
}
