import { alpacaEvalRows } from '../../data/exporters/alpaca-eval.ts'
import { csvLines } from '../../data/exporters/csv.ts'
import type { ExportedExample, ExportedPair } from '../../data/exporters/exported.ts'
import { examplesEntry, llamaFactoryExamples, llamaFactoryPreferences, preferencesEntry } from '../../data/exporters/llama-factory.ts'
import { trlPreferenceRow, trlPromptCompletionRow } from '../../data/exporters/trl.ts'
import { type ExportChoice, type ExportForm, formsOf } from '../../shared/contract/export-contract.ts'
import { badInput } from '../../shared/errors.ts'
import { reviewRows } from './review-rows.ts'
import { exampleRows, judgementRows, metricRows, pairRows, type RunSource } from './run-rows.ts'

/** A file to export: its rows, and how to write them. */
export interface ExportFile {
  readonly fileName: string
  readonly rows: readonly object[]
  readonly columns: readonly string[]
  /** The text, piece by piece. */
  text(): Iterable<string>
  /** LLaMA-Factory's dataset_info.json entry for it. */
  readonly entry: object | null
}

/** Builds a file. Throws BAD_INPUT if the format doesn't support the content. */
export function exportFile(source: RunSource, choice: ExportChoice): ExportFile {
  const { what, form } = choice
  if (!formsOf[what].includes(form))
    throw badInput(`Couldn't export ${what} as ${form}: the format doesn't support them.`, `Choose one of ${formsOf[what].join(', ')}.`)
  const fileName = fileNameOf(source, choice)
  const rows = rowsOf(source, choice)
  const columns = columnsOf(rows)
  return {
    fileName,
    rows,
    columns,
    text: () => textOf(form, columns, rows),
    entry: form === 'llama-factory' ? entryOf(choice, fileName) : null,
  }
}

/** All keys of the rows, in order of first appearance. */
function columnsOf(rows: readonly object[]): string[] {
  const columns = new Set<string>()
  for (const row of rows) for (const key of Object.keys(row)) columns.add(key)
  return [...columns]
}

function rowsOf(source: RunSource, choice: ExportChoice): readonly object[] {
  switch (choice.what) {
    case 'pairs':
      return pairsAs(pairRows(source, choice), choice.form)
    case 'ift':
    case 'eft':
      return examplesAs(exampleRows(source, choice.what), choice.form)
    case 'judgements':
      return judgementRows(source, choice)
    case 'reviews':
      return reviewRows(source, choice)
    case 'metrics':
      return metricRows(source)
    case 'answers':
      return answersOf(source, choice)
  }
}

const pairsAs = (pairs: readonly ExportedPair[], form: ExportForm): readonly object[] =>
  form === 'llama-factory'
    ? llamaFactoryPreferences(pairs)
    : pairs.map((pair) => trlPreferenceRow(pair, { conversational: form === 'trl-chat' }))

const examplesAs = (examples: readonly ExportedExample[], form: ExportForm): readonly object[] =>
  form === 'llama-factory'
    ? llamaFactoryExamples(examples)
    : examples.map((example) => trlPromptCompletionRow(example, { conversational: form === 'trl-chat' }))

function answersOf({ store, run }: RunSource, { model }: ExportChoice): readonly object[] {
  if (model === null) throw badInput('Answers can only be exported for one model at a time.', 'Choose a model to export answers from.')
  const answers = store.answers.of(run.id, model, 'head-to-head')
  return alpacaEvalRows(
    answers.map(({ instruction, text }) => ({ instruction, output: text })),
    `${run.name} ${model}`,
    `${run.name} held-out prompts`,
  )
}

function* textOf(form: ExportForm, columns: readonly string[], rows: readonly object[]): Generator<string> {
  if (form === 'csv') yield* csvLines(columns, rows as Record<string, unknown>[])
  else if (form === 'llama-factory' || form === 'alpaca-eval') yield* arrayLines(rows)
  else for (const row of rows) yield `${JSON.stringify(row)}\n`
}

/** A JSON array with one row per line, so that large files are readable. */
function* arrayLines(rows: readonly object[]): Generator<string> {
  yield '[\n'
  for (const [i, row] of rows.entries()) yield `${JSON.stringify(row)}${i < rows.length - 1 ? ',' : ''}\n`
  yield ']\n'
}

const endings: Readonly<Record<ExportForm, string>> = {
  trl: 'jsonl',
  'trl-chat': 'jsonl',
  jsonl: 'jsonl',
  'llama-factory': 'json',
  'alpaca-eval': 'json',
  csv: 'csv',
}

/** "tiny-r-7f3kq-pairs-reviewed.jsonl": the name describes the content. */
function fileNameOf({ run }: RunSource, { what, form, pairs, model }: ExportChoice): string {
  const detail = what === 'pairs' ? `pairs-${pairs}` : what === 'answers' ? `answers-${model}` : what
  const name = run.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return `${name}-${run.id}-${detail}.${endings[form]}`
}

const entryOf = ({ what }: ExportChoice, fileName: string): object =>
  what === 'pairs' ? preferencesEntry(fileName) : examplesEntry(fileName)
