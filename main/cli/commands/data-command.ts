import type { Command } from 'commander'
import { type Inspection, inspectionOf } from '../../app/datasets/inspection.ts'
import { importFile } from '../../data/import-file.ts'
import { importOptionsOf, type SourceOptionValues, withSourceOptions } from '../data-source-options.ts'
import { registerPrompts } from './prompts-command.ts'

export function registerData(program: Command): void {
  const data = program.command('data').description('inspect data files, and make prompts')
  withSourceOptions(data.command('inspect <file>'))
    .description('show what a data file or dataset folder holds, which rows are skipped and why, as Data > Import does')
    .option('--json', 'as JSON')
    .action(inspect)
  registerPrompts(data)
}

async function inspect(file: string, { json, ...options }: { json?: boolean } & SourceOptionValues): Promise<void> {
  const inspection = inspectionOf(await importFile(file, importOptionsOf(options)))
  process.stdout.write(json ? `${JSON.stringify(inspection, null, 2)}\n` : inspectionText(inspection))
}

/** Maximum number of skipped rows to print. */
const shownRejected = 20

export function inspectionText({ format, counts, rejected, rejected_total: total, notes, first }: Inspection): string {
  const held = Object.entries(counts).filter(([, count]) => count > 0)
  const more = total - Math.min(total, shownRejected)
  return [
    `format: ${format}`,
    `holds: ${held.length === 0 ? 'nothing usable' : held.map(([what, count]) => `${count} ${what}`).join(', ')}`,
    ...notes.map((note) => `note: ${note}`),
    ...rejected.slice(0, shownRejected).map(({ line, reason }) => `skipped line ${line}: ${reason}`),
    ...(more > 0 ? [`skipped ${more} more rows`] : []),
    ...first.map((row, i) => `row ${i + 1}: ${shortened(JSON.stringify(row))}`),
  ]
    .map((line) => `${printable(line)}\n`)
    .join('')
}

/** Escapes control characters, which a terminal would interpret. */
const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`)

const shortened = (text: string): string => (text.length <= 400 ? text : `${text.slice(0, 400)}...`)
