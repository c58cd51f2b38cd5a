import { alpacaEvalRow } from '../../data/exporters/alpaca-eval.ts'
import { type DataTable, tableOf } from '../../data/exporters/columns.ts'
import { endings } from '../../data/exporters/data-file.ts'
import { examplesEntry, preferencesEntry } from '../../data/exporters/llama-factory.ts'
import { exampleRows, pairRows } from '../../data/exporters/rows.ts'
import { type ExportChoice, formsOf } from '../../shared/contract/export-contract.ts'
import { dashed } from '../../shared/dashed.ts'
import { badInput } from '../../shared/errors.ts'
import { reviewRows } from './review-rows.ts'
import { exportedExamples, exportedPairs, judgementRows, metricRows, type RunSource } from './run-rows.ts'

/** A file to export: its rows, and how to write them. */
export interface ExportFile {
  readonly fileName: string
  /** Reads its rows from the database each time. */
  readonly table: DataTable
  /** LLaMA-Factory's dataset_info.json entry for it. */
  readonly entry: ReturnType<typeof preferencesEntry> | null
}

/** Builds a file. Throws BAD_INPUT if the format doesn't support the content. */
export function exportFile(source: RunSource, choice: ExportChoice): ExportFile {
  const { what, form } = choice
  if (!formsOf[what].includes(form))
    throw badInput(`Couldn't export ${what} as ${form}: the format doesn't support them.`, `Choose one of ${formsOf[what].join(', ')}.`)
  const fileName = fileNameOf(source, choice)
  return {
    fileName,
    table: tableOf(() => rowsOf(source, choice), { keepsEmpty: true }),
    entry: form === 'llama-factory' ? entryOf(choice, fileName) : null,
  }
}

function rowsOf(source: RunSource, choice: ExportChoice): Iterable<object> {
  const { what, form } = choice
  switch (what) {
    case 'pairs':
      return pairRows(exportedPairs(source, choice), form)
    case 'ift':
    case 'eft': {
      const examples = exportedExamples(source, what)
      return exampleRows(
        examples,
        form,
        examples.some(({ prompt }) => typeof prompt !== 'string'),
      )
    }
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

function answersOf({ store, run }: RunSource, { model }: ExportChoice): readonly object[] {
  if (model === null) throw badInput('Answers can only be exported for one model at a time.', 'Choose a model to export answers from.')
  const answers = store.answers.of(run.id, model, 'head-to-head')
  return answers.map(({ instruction, text }) =>
    alpacaEvalRow({ instruction, output: text }, `${run.name} ${model}`, `${run.name} held-out prompts`),
  )
}

/** "tiny-r-7f3kq-pairs-reviewed.jsonl": the name describes the content. */
function fileNameOf({ run }: RunSource, { what, form, pairs, model }: ExportChoice): string {
  const detail = what === 'pairs' ? `pairs-${pairs}` : what === 'answers' ? `answers-${model}` : what
  return `${dashed(run.name)}-${run.id}-${detail}.${endings[form]}`
}

const entryOf = ({ what }: ExportChoice, fileName: string): ReturnType<typeof preferencesEntry> =>
  what === 'pairs' ? preferencesEntry(fileName) : examplesEntry(fileName)
