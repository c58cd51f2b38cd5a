import { existsSync, statSync } from 'node:fs'
import { basename, extname, join, resolve, sep } from 'node:path'
import { checkReplaceable, replaceFile } from '../common/replace-file.ts'
import type { ExportForm } from '../shared/contract/export-contract.ts'
import { badInput } from '../shared/errors.ts'
import { conversionOf } from './convert.ts'
import { meaningOf } from './exporters/column-meanings.ts'
import { dataCard } from './exporters/data-card.ts'
import { endings, writeDataFile } from './exporters/data-file.ts'
import { dataSetInfo } from './exporters/llama-factory.ts'
import { type ImportOptions, importFile } from './import-file.ts'
import type { Imported, LeftOut } from './imported.ts'
import { withoutNearPrompts } from './near-duplicate-prompts.ts'

/** A conversion that is done. */
interface Converted {
  readonly imported: Imported
  /** What the rows are: "preference pairs". */
  readonly kind: string
  readonly rows: number
  readonly bytes: number
  /** Written files: the data, its card, LLaMA-Factory's dataset_info.json. */
  readonly files: readonly string[]
  readonly notes: readonly string[]
}

interface ConvertOptions extends ImportOptions {
  readonly form: ExportForm
  /** A file, or a folder (an existing one, or a path that ends with a separator), which becomes a Hugging Face dataset folder. */
  readonly output: string
  /** The data set's name; the output's by default. */
  readonly name?: string
  /** Leaves out prompts whose ROUGE-L with an earlier one is above this. */
  readonly maxSimilarity?: number
}

/**
 * Reads a data file and writes its rows in another form, with a data card. Files appear complete or not at all. Throws like `importFile` and
 * `conversionOf`, and BAD_INPUT if the output can't be written.
 */
export async function convertFile(path: string, { form, output, name, maxSimilarity, ...options }: ConvertOptions): Promise<Converted> {
  const place = placeOf(output, form)
  checkReplaceable(place.file)
  const read = await importFile(path, options)
  const imported = maxSimilarity === undefined ? read : withoutNearPrompts(read, maxSimilarity)
  const title = name ?? place.title
  const { kind, table, notes, entry } = conversionOf(imported, form, title)
  // a pipe or terminal has no folder for companions
  const info = entry === null || place.card === undefined ? undefined : dataSetInfo(place.file, entry(basename(place.file)))
  writeDataFile(place.file, form, table)
  const files = [place.file]
  if (place.card !== undefined) {
    const source: [string, string][] = [
      ['file', basename(resolve(path))],
      ['format', imported.format],
      ...Object.entries(options).map(([option, value]): [string, string] => [option, String(value)]),
    ]
    const changes = [...imported.notes, ...notes, ...leftOutLines(imported)]
    replaceFile(place.card, dataCard({ title, fileName: place.name, what: kind, table, meaningOf, source, notes: changes }))
    files.push(place.card)
  }
  if (info !== undefined) {
    replaceFile(info.path, info.text)
    files.push(info.path)
  }
  return { imported, kind, rows: table.count, bytes: place.card === undefined ? 0 : statSync(place.file).size, files, notes }
}

interface Place {
  readonly file: string
  /** The file's name relative to the card. */
  readonly name: string
  /** None for a pipe or terminal. */
  readonly card?: string
  readonly title: string
}

function placeOf(output: string, form: ExportForm): Place {
  const stats = statSync(output, { throwIfNoEntry: false })
  if (stats?.isDirectory() || output.endsWith('/') || output.endsWith(sep)) {
    const card = join(output, 'README.md')
    if (existsSync(card)) throw badInput(`${card} exists already.`, 'Choose a new folder, or a file.')
    const name = `data/train-00000-of-00001.${endings[form]}`
    return { file: join(output, ...name.split('/')), name, card, title: basename(resolve(output)) }
  }
  const stem = output.slice(0, output.length - extname(output).length)
  const isPlain = (stats === undefined || stats.isFile()) && !/^\/(dev|proc)\//.test(resolve(output))
  return { file: output, name: basename(output), title: basename(stem), ...(isPlain && { card: `${stem}.card.md` }) }
}

/** How many different reasons to list. */
const shownReasons = 20

/** Rows that were left out, by reason. */
function leftOutLines({ rejected, skipped }: Imported): string[] {
  const reasons = Map.groupBy([...rejected, ...skipped], ({ reason }: LeftOut) => reason)
  const counted = [...reasons].map(([reason, { length }]) => ({ reason, length })).sort((a, b) => b.length - a.length)
  const further = counted.slice(shownReasons).reduce((sum, { length }) => sum + length, 0)
  return [
    ...counted.slice(0, shownReasons).map(({ reason, length }) => `Left out (${length} rows): ${reason}.`),
    ...(further > 0 ? [`Left out for other reasons: ${further} rows.`] : []),
  ]
}
