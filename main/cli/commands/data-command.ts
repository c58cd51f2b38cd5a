import type { Command } from 'commander'
import { type Inspection, inspectionOf } from '../../app/datasets/inspection.ts'
import { importFile } from '../../data/import-file.ts'
import { importOptionsOf, type SourceOptionValues, withSourceOptions } from '../data-source-options.ts'
import { leftOutText, printable } from '../left-out-text.ts'
import { registerConvert } from './convert-command.ts'
import { registerPrompts } from './prompts-command.ts'

export function registerData(program: Command): void {
  const data = program.command('data').description('inspect and convert data files, and make prompts')
  withSourceOptions(data.command('inspect <file>'))
    .description('show what a data file or dataset folder holds, which rows are skipped and why, as Data > Import does')
    .option('--json', 'as JSON')
    .action(inspect)
  registerConvert(data)
  registerPrompts(data)
}

async function inspect(file: string, { json, ...options }: { json?: boolean } & SourceOptionValues): Promise<void> {
  const inspection = inspectionOf(await importFile(file, importOptionsOf(options)))
  process.stdout.write(json ? `${JSON.stringify(inspection, null, 2)}\n` : inspectionText(inspection))
}

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
