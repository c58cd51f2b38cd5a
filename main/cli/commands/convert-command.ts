import { type Command, Option } from 'commander'
import { homeFolder } from '../../common/home.ts'
import { bytesText } from '../../common/numbers.ts'
import { refuseOwnPlace } from '../../common/resources.ts'
import { convertFile } from '../../data/convert-file.ts'
import type { LeftOut } from '../../data/imported.ts'
import { nearThreshold } from '../../data/near-duplicate-prompts.ts'
import { type ExportForm, exportForm } from '../../shared/contract/export-contract.ts'
import { importOptionsOf, type SourceOptionValues, withSourceOptions } from '../data-source-options.ts'
import { leftOutText, printable } from '../left-out-text.ts'
import { share } from '../options.ts'

interface ConvertOptions extends SourceOptionValues {
  readonly to: ExportForm
  readonly output: string
  readonly name?: string
  readonly dropNearDuplicates?: number | true
  readonly json?: boolean
}

export function registerConvert(data: Command): void {
  withSourceOptions(data.command('convert <file>'))
    .description('write the rows of a data file or dataset folder in another form, with a data card')
    .addOption(new Option('--to <form>', 'the form to write; jsonl keeps everything').choices(exportForm.options).makeOptionMandatory())
    .requiredOption('--output <file>', 'the file to write; a folder (FOLDER/) becomes a Hugging Face dataset folder')
    .option('--name <name>', "the data set's name in the card and in AlpacaEval's rows (default: the output's)")
    .option('--drop-near-duplicates [similarity]', 'leave out prompts above this ROUGE-L with an earlier one (default: 0.7)', share)
    .option('--json', 'report as JSON')
    .action(convert)
}

async function convert(file: string, { to, output, name, dropNearDuplicates: drop, json, ...source }: ConvertOptions): Promise<void> {
  refuseOwnPlace(homeFolder(), output)
  const done = await convertFile(file, {
    ...{ ...importOptionsOf(source), form: to, output },
    ...(name !== undefined && { name }),
    ...(drop !== undefined && { maxSimilarity: drop === true ? nearThreshold : drop }),
  })
  const { imported, kind, rows, bytes, files } = done
  const notes = [...imported.notes, ...done.notes]
  const leftOut = [...imported.rejected, ...imported.skipped].sort((a, b) => a.line - b.line)
  // the data itself may go to standard output
  process.stderr.write(
    json
      ? `${JSON.stringify({ format: imported.format, kind, rows, bytes, files, notes, rejected_total: leftOut.length })}\n`
      : reportText({
          format: imported.format,
          wrote: `${rows} ${kind} to ${files[0]}${bytes > 0 ? ` (${bytesText(bytes)})` : ''}`,
          files,
          notes,
          leftOut,
        }),
  )
}

interface Report {
  readonly format: string
  readonly wrote: string
  readonly files: readonly string[]
  readonly notes: readonly string[]
  readonly leftOut: readonly LeftOut[]
}

const reportText = ({ format, wrote, files, notes, leftOut }: Report): string =>
  [
    `format: ${format}`,
    ...notes.map((note) => `note: ${note}`),
    ...leftOutText(leftOut, leftOut.length),
    `wrote: ${wrote}`,
    ...files.slice(1).map((path) => `wrote: ${path}`),
  ]
    .map((line) => `${printable(line)}\n`)
    .join('')
