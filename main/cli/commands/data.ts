import type { Command } from 'commander'
import { type Inspection, inspectionOf } from '../../api/library/inspection.ts'
import { importFile } from '../../data/import-file.ts'

/** Questions about data files. */
export function registerData(program: Command): void {
  const data = program.command('data').description('data files: what Laurel understands of them')
  data
    .command('inspect <file>')
    .description('what a data file holds, which rows are not used and why; reads it as Data > Import does')
    .option('--json', 'as JSON')
    .action(inspect)
}

async function inspect(file: string, { json }: { json?: boolean }): Promise<void> {
  const inspection = inspectionOf(await importFile(file))
  process.stdout.write(json ? `${JSON.stringify(inspection, null, 2)}\n` : inspectionText(inspection))
}

/** How many rows that are left out a terminal shows. */
const shownRejected = 20

export function inspectionText({ format, counts, rejected, rejected_total: total, notes, first }: Inspection): string {
  const held = Object.entries(counts).filter(([, count]) => count > 0)
  const more = total - Math.min(total, shownRejected)
  return [
    `format: ${format}`,
    `holds: ${held.length === 0 ? 'nothing that can be used' : held.map(([what, count]) => `${count} ${what}`).join(', ')}`,
    ...notes.map((note) => `note: ${note}`),
    ...rejected.slice(0, shownRejected).map(({ line, reason }) => `not used, line ${line}: ${reason}`),
    ...(more > 0 ? [`not used: ${more} more rows`] : []),
    ...first.map((row, i) => `row ${i + 1}: ${shortened(JSON.stringify(row))}`),
  ]
    .map((line) => `${printable(line)}\n`)
    .join('')
}

/** A file's texts may hold what a terminal obeys. */
const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`)

const shortened = (text: string): string => (text.length <= 400 ? text : `${text.slice(0, 400)}...`)
