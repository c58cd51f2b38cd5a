import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, InstructionExample } from '../imported.ts'
import { BadRow, type Fields, listField, textField, textOf, truthOf, UnwantedRow } from './fields.ts'
import { inputBeside, joinInput, promptNames, withContext } from './prompt-context.ts'
import { importedAs, newNotes, readRows } from './read-rows.ts'

/** Whether a row is a solution in steps, each labeled right or wrong. */
export const isStepwise = (row: Fields): boolean => {
  const [steps, labels] = [row.peek('completions'), row.peek('labels')]
  return Array.isArray(steps) && Array.isArray(labels) && steps.every((step) => typeof step === 'string')
}

/**
 * TRL's stepwise supervision: {prompt, completions: [text], labels: [boolean]}. A solution whose steps are all right is an example, its
 * steps a line each, as TRL joins them. One with a wrong step is skipped: it must not be imitated.
 */
export function importStepwise(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const unwanted: InstructionExample[] = []
  const instructions = readRows(rows, notes, (fields, line): InstructionExample => {
    const name = fields.first(...promptNames) ?? 'prompt'
    const prompt = withContext(fields, joinInput(textField(fields, name), inputBeside(fields, name)))
    const steps = listField(fields, 'completions').map((step, i) => textOf(step, `completions[${i}]`))
    const labels = listField(fields, 'labels').map((label, i) => labelOf(label, `labels[${i}]`))
    if (labels.length !== steps.length) throw new BadRow(`there are ${steps.length} completions but ${labels.length} labels`)
    const example = { line, prompt, response: steps.join('\n') }
    const wrong = labels.indexOf(false)
    if (wrong === -1) return example
    unwanted.push(example)
    throw new UnwantedRow(`step ${wrong + 1} is labeled wrong, so the solution isn't one to imitate`)
  })
  return importedAs('stepwise', notes, { instructions, unwanted })
}

function labelOf(value: unknown, name: string): boolean {
  const label = truthOf(value)
  if (label === undefined) throw new BadRow(`${name} is neither true nor false`)
  return label
}
