import { z } from 'zod'
import { dataMapping, fileColumn } from '../data-mapping.ts'
import { message } from '../engine-protocol.ts'
import { dataFormat, pairRole } from '../enums.ts'
import { rowTokens } from '../training-rows.ts'
import { exportContract } from './export-contract.ts'
import { procedure, reading } from './procedure.ts'

/**
 * Recipe keys that can use a file: `seed_data.ift`, `seed_data.eft`, `seed_data.ranked`, and for prompts `prompts.file` or
 * `evaluation.prompts`.
 */
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

/** A row as training uses it. Lists truncate its texts; `data.row` returns them in full. */
export const dataRow = z.object({
  index: z.int(),
  line: z.int().nullable(), // in the file; null: built from several lines
  prompt: z.string(),
  /** The messages before the response, if there is more than one. */
  conversation: z.array(message).nullable(),
  answers: z.array(z.object({ role: z.enum(['response', ...pairRole.options, 'ranked']), rank: z.number().nullable(), text: z.string() })),
})
export type DataRow = z.infer<typeof dataRow>

const leftOut = z.object({ total: z.int(), first: z.array(z.object({ line: z.int(), reason: z.string() })) })
export type LeftOutRows = z.infer<typeof leftOut>

/** Contents of a file and how Laurel would use them. */
export const fileReport = z.object({
  bytes: z.number(),
  format: dataFormat,
  kind: dataKind,
  uses: z.array(dataUse),
  counts: dataCounts,
  rejected: leftOut,
  skipped: leftOut,
  /** How rows were interpreted, and which fields are ignored. */
  notes: z.array(z.string()),
  /** Exact duplicates of earlier rows, and prompts that occur more than once. */
  repeatedRows: z.int(),
  repeatedPrompts: z.int(),
  /** Prompts that are nearly an earlier one; null: too many to search for a preview. */
  nearPrompts: z.int().nullable(),
  /** Prompts that runs on this machine hold out to evaluate models or judges. */
  heldOutPrompts: z.int(),
  sample: z.array(dataRow),
})
export type FileReport = z.infer<typeof fileReport>

/** A file to import: a path on the machine Laurel runs on, or an upload from the browser. */
export const dataSource = z.union([z.object({ path: z.string() }), z.object({ upload: z.string() })])
export type DataSource = z.infer<typeof dataSource>

/** What a file's content doesn't say; null: as detected. */
export const readingChoice = z.object({
  source: dataSource,
  format: dataFormat.nullable(),
  /** A split of a dataset folder. */
  split: z.string().min(1).nullable(),
  /** A table's encoding, by its name in the WHATWG Encoding Standard. */
  encoding: z.string().min(1).nullable(),
  /** The columns of rows in no known format. */
  mapping: dataMapping.nullable(),
})
export type ReadingChoice = z.infer<typeof readingChoice>
const choice = readingChoice

export const dataSet = z.object({
  id: z.string(),
  name: z.string(),
  origin: z.enum(['shipped', 'imported']),
  path: z.string(), // the path that a recipe uses
  kind: dataKind,
  uses: z.array(dataUse),
  counts: dataCounts,
  bytes: z.number(),
  /** The original file's path or name, or the author and license. */
  source: z.string(),
  importedAt: z.string().nullable(),
  /** Runs whose recipe uses it. */
  usedBy: z.array(z.object({ id: z.string(), name: z.string(), isOver: z.boolean() })),
})
export type DataSet = z.infer<typeof dataSet>

const one = z.object({ id: z.string() })

/** Maximum upload size in bytes; import larger files from a path on the machine. */
export const largestUpload = 200_000_000

export const dataContract = {
  list: reading.output(z.array(dataSet)), // shipped ones first, then newest first
  preview: procedure.input(choice).output(fileReport.extend({ name: z.string(), isNameTaken: z.boolean() })),
  /** A file's columns, and the mapping that was used for the last import of a file with the same ones. */
  columns: procedure
    .input(choice.pick({ source: true, split: true, encoding: true }))
    .output(z.object({ columns: z.array(fileColumn), remembered: dataMapping.nullable() })),
  /** The first rows as this model's training sees them, token by token. */
  tokens: procedure
    .input(choice.extend({ model: z.string(), rows: z.int().min(1).max(8) }))
    .output(z.array(z.object({ label: z.string(), row: rowTokens }))),
  /** Imports a copy in Laurel's format. It appears complete or not at all. */
  import: procedure.input(choice.extend({ name: z.string().min(1).max(60) })).output(dataSet),
  rows: reading
    .input(one.extend({ offset: z.int().min(0), limit: z.int().min(1).max(200), search: z.string() }))
    .output(z.object({ total: z.int(), rows: z.array(dataRow) })),
  row: reading.input(one.extend({ index: z.int().min(0) })).output(dataRow),
  /** After some seconds in which it can be undone. Throws BUSY if an unfinished run uses it. */
  remove: procedure.input(one).output(z.void()),
  /** False: it was removed meanwhile. */
  undoRemove: procedure.input(one).output(z.boolean()),
  upload: {
    /** Returns the id for the pieces. */
    begin: procedure.input(z.object({ name: z.string(), bytes: z.int().min(0) })).output(z.object({ id: z.string() })),
    /** A piece in base64, starting at byte `at`. Sending a piece twice is harmless. Returns the number of bytes received. */
    piece: procedure.input(one.extend({ at: z.int().min(0), content: z.string() })).output(z.object({ received: z.int() })),
    drop: procedure.input(one).output(z.void()),
  },
  ...exportContract,
}
