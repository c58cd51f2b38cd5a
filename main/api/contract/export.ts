import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { procedure } from './procedure.ts'

/** What of a run can leave Laurel. `answers`: a model's answers to the held-out prompts. */
export const exportWhat = z.enum(['pairs', 'ift', 'eft', 'judgements', 'reviews', 'answers', 'metrics'])
export type ExportWhat = z.infer<typeof exportWhat>

export const exportForm = z.enum(['trl', 'trl-chat', 'llama-factory', 'alpaca-eval', 'csv', 'jsonl'])
export type ExportForm = z.infer<typeof exportForm>

/** In which forms each can be written. */
export const formsOf: Readonly<Record<ExportWhat, readonly ExportForm[]>> = {
  pairs: ['trl', 'trl-chat', 'llama-factory', 'csv'],
  ift: ['trl', 'trl-chat', 'llama-factory', 'csv'],
  eft: ['trl', 'trl-chat', 'llama-factory', 'csv'],
  judgements: ['jsonl', 'csv'],
  reviews: ['jsonl', 'csv'],
  answers: ['alpaca-eval'],
  metrics: ['csv', 'jsonl'],
}

export const exportChoice = z.object({
  run: z.string(),
  what: exportWhat,
  form: exportForm,
  /** Pairs, judgements, reviews: of these iterations; null: of all. */
  iterations: z.array(z.int()).nullable(),
  /** Pairs: as the judge made them, or as a person left them (swapped, edited, left out). */
  pairs: z.enum(['reviewed', 'judged']),
  /** Answers: of this model; else null. */
  model: z.string().nullable(),
})
export type ExportChoice = z.infer<typeof exportChoice>

/** What of a run is there to be exported. */
export const exportable = z.object({
  iterations: z.array(z.object({ iteration: z.int(), pairs: z.int(), reviewed: z.int(), judgements: z.int() })),
  ift: z.int(),
  eft: z.int(),
  answers: z.array(z.object({ model: z.string(), count: z.int() })),
  trainings: z.array(z.string()),
})
export type Exportable = z.infer<typeof exportable>

/** What a file will hold. */
export const exportSummary = z.object({
  rows: z.int(),
  fileName: z.string(),
  columns: z.array(z.object({ name: z.string(), meaning: z.string() })),
  /** The file's beginning, as it will be written. */
  beginning: z.string(),
  /** What goes beside it: LLaMA-Factory's dataset_info.json. */
  companion: z.object({ fileName: z.string(), text: z.string() }).nullable(),
  notes: z.array(z.string()),
})
export type ExportSummary = z.infer<typeof exportSummary>

export const exportContract = {
  exportable: procedure.input(z.object({ run: z.string() })).output(exportable),
  exportSummary: procedure.input(exportChoice).output(exportSummary),
  /** Writes to a file of the machine Laurel runs on; what was there before is replaced once the new file is complete. */
  exportTo: procedure
    .input(exportChoice.extend({ path: z.string() }))
    .output(z.object({ path: z.string(), rows: z.int(), bytes: z.number() })),
  /** The file's text, piece by piece, for a window that keeps it itself. */
  exportText: procedure.input(exportChoice).output(eventIterator(z.string())),
}
