import { z } from 'zod'
import { describeIssues } from '../../common/describe-issues.ts'
import { badInput } from '../../shared/errors.ts'
import { tableRows } from './annotation-file.ts'

/** A row of AlpacaEval's model_outputs.json. A file of instructions alone has no outputs. */
const outputRow = z.object({
  instruction: z.string().min(1),
  output: z.string().nullish(),
  generator: z.string().nullish(),
  dataset: z.string().nullish(),
})
export type OutputRow = z.output<typeof outputRow>

const remedy = 'Use AlpacaEval\'s model_outputs.json: [{"instruction": text, "output": text, "generator": name}, ...].'

/** The rows of a file in AlpacaEval's form, or as JSON Lines; of equal instructions the first. Throws NOT_FOUND, or BAD_INPUT that names the row. */
export function readModelOutputs(path: string): OutputRow[] {
  const rows = tableRows(path, remedy).map(({ place, value }) => {
    const { data, error } = outputRow.safeParse(value)
    if (error !== undefined) throw badInput(`${place}: ${describeIssues(error)}`, remedy)
    return data
  })
  return [...new Map(rows.toReversed().map((row) => [row.instruction, row])).values()].reverse()
}

/** A model's answers by instruction, which is how AlpacaEval matches two models' rows, and the model's name. Throws BAD_INPUT if there are none. */
export function readAnswers(path: string): { readonly model: string; readonly answers: ReadonlyMap<string, string> } {
  const rows = readModelOutputs(path)
  const answers = new Map(rows.flatMap(({ instruction, output }) => (output == null ? [] : [[instruction, output] as const])))
  if (answers.size === 0) throw badInput(`${path}: no row has an output`, remedy)
  return { model: rows.find(({ generator }) => generator)?.generator ?? path.split(/[\\/]/).at(-1)!, answers }
}
