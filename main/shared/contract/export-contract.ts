import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { procedure, reading } from './procedure.ts'

/** What can be exported from a run. `answers`: a model's answers to the held-out prompts. */
export const exportWhat = z.enum(['pairs', 'ift', 'eft', 'judgements', 'reviews', 'answers', 'metrics'])
export type ExportWhat = z.infer<typeof exportWhat>

export const exportForm = z.enum(['trl', 'trl-chat', 'llama-factory', 'alpaca-eval', 'argilla', 'parquet', 'csv', 'jsonl'])
export type ExportForm = z.infer<typeof exportForm>

/** The formats available for each kind of export. */
export const formsOf: Readonly<Record<ExportWhat, readonly ExportForm[]>> = {
  pairs: ['trl', 'trl-chat', 'llama-factory', 'argilla', 'parquet', 'csv'],
  ift: ['trl', 'trl-chat', 'llama-factory', 'argilla', 'parquet', 'csv'],
  eft: ['trl', 'trl-chat', 'llama-factory', 'argilla', 'parquet', 'csv'],
  judgements: ['jsonl', 'parquet', 'csv'],
  reviews: ['jsonl', 'parquet', 'csv'],
  answers: ['alpaca-eval'],
  metrics: ['csv', 'parquet', 'jsonl'],
}

export const exportChoice = z.object({
  run: z.string(),
  what: exportWhat,
  form: exportForm,
  /** Pairs, judgements, reviews: limited to these iterations; null: all. */
  iterations: z.array(z.int()).nullable(),
  /** Pairs: as judged, or after review (swapped, edited, excluded). */
  pairs: z.enum(['reviewed', 'judged']),
  /** Answers: of this model; otherwise null. */
  model: z.string().nullable(),
})
export type ExportChoice = z.infer<typeof exportChoice>

/** What can be exported from a run. */
export const exportable = z.object({
  iterations: z.array(z.object({ iteration: z.int(), pairs: z.int(), reviewed: z.int(), judgements: z.int() })),
  ift: z.int(),
  eft: z.int(),
  answers: z.array(z.object({ model: z.string(), count: z.int() })),
  trainings: z.array(z.string()),
})
export type Exportable = z.infer<typeof exportable>

/** Preview of an export. */
export const exportSummary = z.object({
  rows: z.int(),
  fileName: z.string(),
  columns: z.array(z.object({ name: z.string(), meaning: z.string() })),
  /** The start of the file. */
  beginning: z.string(),
  /** A file to put next to it: LLaMA-Factory's dataset_info.json. */
  companion: z.object({ fileName: z.string(), text: z.string() }).nullable(),
  notes: z.array(z.string()),
})
export type ExportSummary = z.infer<typeof exportSummary>

export const exportContract = {
  exportable: reading.input(z.object({ run: z.string() })).output(exportable),
  exportSummary: reading.input(exportChoice).output(exportSummary),
  /** Writes to a file, and a data card next to it, on the machine Laurel runs on. Replaces an existing file once the new one is complete. */
  exportTo: procedure
    .input(exportChoice.extend({ path: z.string() }))
    .output(z.object({ path: z.string(), rows: z.int(), bytes: z.number(), card: z.string().nullable() })),
  /** The file's text, piece by piece, for a page that saves it itself. */
  exportText: reading.input(exportChoice).output(eventIterator(z.string())),
}
