import type { Command } from 'commander'
import { type Inspection, inspectionOf } from '../../app/datasets/inspection.ts'
import { importFile } from '../../data/import-file.ts'
import type { Imported } from '../../data/imported.ts'
import { nearPrompts, nearThreshold } from '../../data/near-duplicate-prompts.ts'
import { importOptionsOf, type SourceOptionValues, withSourceOptions } from '../data-source-options.ts'
import { leftOutText, printable } from '../left-out-text.ts'
import { registerConvert } from './convert-command.ts'
import { registerPrompts } from './prompts-command.ts'

export function registerData(program: Command): void {
  const data = program.command('data').description('inspect and convert data files, and make prompts')
  withSourceOptions(data.command('inspect <file>'))
    .description('show what a data file or dataset folder holds, which rows are skipped and why, as Data > Import does')
    .option('--near-duplicates', 'also count prompts that are nearly an earlier one')
    .option('--json', 'as JSON')
    .action(inspect)
  registerConvert(data)
  registerPrompts(data)
}

interface InspectOptions extends SourceOptionValues {
  readonly json?: boolean
  readonly nearDuplicates?: boolean
}

async function inspect(file: string, { json, nearDuplicates, ...options }: InspectOptions): Promise<void> {
  const imported = await importFile(file, importOptionsOf(options))
  const inspection = inspectionOf(imported)
  const near = nearDuplicates ? nearDuplicatesOf(imported) : undefined
  const text = json
    ? `${JSON.stringify({ ...inspection, ...(near && { near_duplicates: near }) }, null, 2)}\n`
    : `${inspectionText(inspection)}${near === undefined ? '' : nearText(near)}`
  process.stdout.write(text)
}

/** Maximum number of near-duplicates to show. */
const shownNear = 5

function nearDuplicatesOf(imported: Imported) {
  const near = [...nearPrompts(imported, nearThreshold).values()]
  return { threshold: nearThreshold, count: near.length, first: near.slice(0, shownNear) }
}

const nearText = ({ threshold, count, first }: ReturnType<typeof nearDuplicatesOf>): string =>
  [
    `near-duplicates: ${count} prompts are nearly an earlier one (ROUGE-L above ${threshold})`,
    ...first.map(
      ({ prompt, of, score }) => `${score.toFixed(2)}: ${shortened(JSON.stringify(prompt))} is nearly ${shortened(JSON.stringify(of))}`,
    ),
  ]
    .map((line) => `${printable(line)}\n`)
    .join('')

export function inspectionText({ format, counts, rejected, rejected_total: total, notes, first }: Inspection): string {
  const held = Object.entries(counts).filter(([, count]) => count > 0)
  return [
    `format: ${format}`,
    `holds: ${held.length === 0 ? 'nothing usable' : held.map(([what, count]) => `${count} ${what}`).join(', ')}`,
    ...notes.map((note) => `note: ${note}`),
    ...leftOutText(rejected, total),
    ...first.map((row, i) => `row ${i + 1}: ${shortened(JSON.stringify(row))}`),
  ]
    .map((line) => `${printable(line)}\n`)
    .join('')
}

const shortened = (text: string): string => (text.length <= 400 ? text : `${text.slice(0, 400)}...`)
