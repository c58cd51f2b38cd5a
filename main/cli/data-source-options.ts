import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ImportOptions } from '../data/import-file.ts'
import { dataFormat } from '../shared/enums.ts'

const named: Readonly<Record<string, string>> = { tab: '\t', comma: ',', semicolon: ';', bar: '|', space: ' ', '\\t': '\t' }

function delimiter(text: string): string {
  const character = named[text] ?? text
  if (character.length !== 1 || /["\r\n]/.test(character))
    throw new InvalidArgumentError('It must be one character, or one of tab, comma, semicolon, bar, space.')
  return character
}

/** Adds the options for what a data file's content doesn't tell. The action's options include them. */
export const withSourceOptions = (command: Command): Command =>
  command
    .option('--split <name>', 'the split of a dataset folder (default: train)')
    .option('--subset <name>', 'the subset (configuration) of a dataset folder, or the data set of a LLaMA-Factory folder')
    .option('--delimiter <character>', "what separates a table's cells, if not as detected: one character, or tab", delimiter)
    .option('--encoding <name>', "a table's encoding, if not as detected: windows-1252, shift_jis, gb18030, ...")
    .addOption(new Option('--format <name>', "the rows' format, if not as detected").choices(dataFormat.options))

/** A command's options for reading a data file. */
export type SourceOptionValues = ImportOptions

export const importOptionsOf = ({ split, subset, delimiter: between, encoding, format }: SourceOptionValues): ImportOptions => ({
  ...(split !== undefined && { split }),
  ...(subset !== undefined && { subset }),
  ...(between !== undefined && { delimiter: between }),
  ...(encoding !== undefined && { encoding }),
  ...(format !== undefined && { format }),
})
