import { openReplacement } from '../../common/replace-file.ts'
import type { ExportForm } from '../../shared/contract/export-contract.ts'
import type { DataTable } from './columns.ts'
import { csvLines } from './csv.ts'
import { writeParquet } from './parquet.ts'

export const endings: Readonly<Record<ExportForm, string>> = {
  ...{ trl: 'jsonl', 'trl-chat': 'jsonl', jsonl: 'jsonl' },
  ...{ 'llama-factory': 'json', 'alpaca-eval': 'json', argilla: 'json' },
  ...{ csv: 'csv', parquet: 'parquet' },
}

/** Forms that aren't text. */
export const isBinary = (form: ExportForm): boolean => form === 'parquet'

/** A file's text, piece by piece. */
export function* textOf(form: ExportForm, { columns, rows }: DataTable): Generator<string> {
  if (endings[form] === 'csv')
    yield* csvLines(
      columns.map(({ name }) => name),
      rows(),
    )
  else if (endings[form] === 'json') yield* arrayLines(rows())
  else for (const row of rows()) yield `${JSON.stringify(row)}\n`
}

/** A JSON array with one row per line, so that large files are readable. */
function* arrayLines(rows: Iterable<object>): Generator<string> {
  let before = '[\n'
  for (const row of rows) {
    yield `${before}${JSON.stringify(row)}`
    before = ',\n'
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}

/** Writes a table; the file appears complete or not at all. */
export function writeDataFile(path: string, form: ExportForm, table: DataTable): void {
  const file = openReplacement(path)
  try {
    if (isBinary(form)) writeParquet(file.writeBytes, table)
    else for (const piece of textOf(form, table)) file.write(piece)
  } catch (error) {
    file.discard()
    throw error
  }
  file.commit()
}
