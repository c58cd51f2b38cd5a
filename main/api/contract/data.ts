import { z } from 'zod'
import { message } from '../../engine/protocol.ts'
import { rowTokens } from '../../engine/training-rows.ts'
import { exportContract } from './export.ts'
import { procedure } from './procedure.ts'

/** The forms of files that are read; each is told by its fields. */
export const dataFormats = [
  'oasst-trees',
  'oasst-messages',
  'ranked-answers',
  'rated-answers',
  'alpaca',
  'chat',
  'self-instruct-seeds',
  'prompt-completion',
  'preferences',
  'llama-factory-preferences',
  'comparisons',
  'plain',
] as const
export const dataFormat = z.enum(dataFormats)
export type DataFormat = z.infer<typeof dataFormat>

/** What a recipe can take a file for: its keys `seed_data.ift`, `seed_data.eft`, `seed_data.ranked`, `prompts.file`, `evaluation.prompts`. */
export const dataUse = z.enum(['ift', 'eft', 'ranked', 'prompts'])
export type DataUse = z.infer<typeof dataUse>

/** `evaluations`: examples whose responses are judgements with a score (EFT). */
export const dataKind = z.enum(['instructions', 'evaluations', 'ranked', 'preferences', 'prompts'])
export type DataKind = z.infer<typeof dataKind>

export const dataCounts = z.object({
  instructions: z.int(),
  ranked: z.int(), // prompts
  rankedAnswers: z.int(),
  preferences: z.int(),
  prompts: z.int(), // without a response
})
export type DataCounts = z.infer<typeof dataCounts>

/** A row as it will be used. Texts in a list are cut; `data.row` gives one whole. */
export const dataRow = z.object({
  index: z.int(),
  line: z.int().nullable(), // of the file; null: it stands for several
  prompt: z.string(),
  /** The messages up to the response, where they are more than one. */
  conversation: z.array(message).nullable(),
  answers: z.array(z.object({ role: z.enum(['response', 'chosen', 'rejected', 'ranked']), rank: z.number().nullable(), text: z.string() })),
})
export type DataRow = z.infer<typeof dataRow>

const leftOut = z.object({ total: z.int(), first: z.array(z.object({ line: z.int(), reason: z.string() })) })
export type LeftOutRows = z.infer<typeof leftOut>

/** What a file holds and what would become of it. */
export const fileReport = z.object({
  bytes: z.number(),
  format: dataFormat,
  kind: dataKind,
  uses: z.array(dataUse),
  counts: dataCounts,
  rejected: leftOut,
  skipped: leftOut,
  /** How rows were understood, and which fields are not used. */
  notes: z.array(z.string()),
  /** Rows that say the same as an earlier one, and prompts that come more than once. */
  repeatedRows: z.int(),
  repeatedPrompts: z.int(),
  /** Prompts on which runs of this machine measure models or judges. */
  heldOutPrompts: z.int(),
  sample: z.array(dataRow),
})
export type FileReport = z.infer<typeof fileReport>

/** A file to be imported: on the machine Laurel runs on, or sent by the window. */
export const dataSource = z.union([z.object({ path: z.string() }), z.object({ upload: z.string() })])
export type DataSource = z.infer<typeof dataSource>

const choice = z.object({ source: dataSource, format: dataFormat.nullable() }) // null: as it looks

export const dataSet = z.object({
  id: z.string(),
  name: z.string(),
  origin: z.enum(['shipped', 'imported']),
  path: z.string(), // what a recipe names
  kind: dataKind,
  uses: z.array(dataUse),
  counts: dataCounts,
  bytes: z.number(),
  /** Where it is from: a file's path or name, or who made it and under which licence. */
  source: z.string(),
  importedAt: z.string().nullable(),
  /** Runs whose recipe names it. */
  usedBy: z.array(z.object({ id: z.string(), name: z.string(), isOver: z.boolean() })),
})
export type DataSet = z.infer<typeof dataSet>

const one = z.object({ id: z.string() })

/** The largest file that a window may send; larger ones are imported from the machine itself. */
export const largestUpload = 200_000_000

export const dataContract = {
  list: procedure.output(z.array(dataSet)), // shipped ones first, then the newest
  preview: procedure.input(choice).output(fileReport.extend({ name: z.string(), isNameTaken: z.boolean() })),
  /** The first rows as a training of this model sees them, token by token. */
  tokens: procedure
    .input(choice.extend({ model: z.string(), rows: z.int().min(1).max(8) }))
    .output(z.array(z.object({ label: z.string(), row: rowTokens }))),
  /** Makes a copy in Laurel's own form. It appears whole or not at all. */
  import: procedure.input(choice.extend({ name: z.string().min(1).max(60) })).output(dataSet),
  rows: procedure
    .input(one.extend({ offset: z.int().min(0), limit: z.int().min(1).max(200), search: z.string() }))
    .output(z.object({ total: z.int(), rows: z.array(dataRow) })),
  row: procedure.input(one.extend({ index: z.int().min(0) })).output(dataRow),
  /** Throws BUSY where a run that is not over names it. */
  remove: procedure.input(one).output(z.void()),
  upload: {
    /** Gives the id under which the pieces come. */
    begin: procedure.input(z.object({ name: z.string(), bytes: z.int().min(0) })).output(z.object({ id: z.string() })),
    /** A piece in base64, from byte `at` on. Sending one again does no harm. Gives how many bytes are there. */
    piece: procedure.input(one.extend({ at: z.int().min(0), content: z.string() })).output(z.object({ received: z.int() })),
    drop: procedure.input(one).output(z.void()),
  },
  ...exportContract,
}
