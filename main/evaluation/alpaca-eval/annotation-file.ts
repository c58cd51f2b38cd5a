import { z } from 'zod'
import { describeIssues } from '../../common/describe-issues.ts'
import { readDocumentText } from '../../common/json-document.ts'
import { notJson, withoutNonNumbers } from '../../common/jsonl.ts'
import { badInput } from '../../shared/errors.ts'
import type { Annotation } from '../win-rate.ts'

/** An annotated comparison: the judge's preference, if it has one, and what it is about. */
export interface AnnotatedPair {
  /** Null: the judge gave none. */
  readonly annotation: Annotation | null
  readonly baseline: string
  readonly model: string
  readonly annotator: string
  /** The row as it is in the file, with null for NaN. */
  readonly row: Readonly<Record<string, unknown>>
}

const remedy = 'Use AlpacaEval\'s annotations.json, or rows of {"preference": 1 to 2, "length_1": characters, "length_2": characters}.'

const pairFields = z.looseObject({
  preference: z
    .number()
    .refine((p) => p === 0 || (p >= 1 && p <= 2), 'must be between 1 and 2 (or 0 for a draw)')
    .nullish(),
  generator_1: z.string().default('baseline'),
  generator_2: z.string().default('model'),
  annotator: z.string().nullish(),
})

/** Lengths as in Python: code points, so a character outside the basic multilingual plane counts once. */
const lengthOf = z.string().transform((text) => [...text].length)
const lengths = z.union(
  [z.object({ length_1: z.number().min(0), length_2: z.number().min(0) }), z.object({ output_1: lengthOf, output_2: lengthOf })],
  { error: 'must have either the texts output_1 and output_2 or the numbers length_1 and length_2' },
)

/**
 * Reads annotated comparisons as written by AlpacaEval: a JSON array or JSON Lines, with Python's NaN for null. Throws BAD_INPUT, naming the
 * file and the row.
 */
export const readAnnotatedPairs = (path: string): AnnotatedPair[] =>
  tableRows(path, remedy).map(({ place, value }) => {
    const { data, error } = pairFields.safeParse(value)
    if (error !== undefined) throw badInput(`${place}: ${describeIssues(error)}`, remedy)
    const { preference, generator_1: baseline, generator_2: model, annotator } = data
    const annotation = preference == null ? null : { preference, ...lengthsOf(place, value) }
    return { annotation, baseline, model, annotator: annotator ?? 'not named', row: value as Record<string, unknown> }
  })

function lengthsOf(place: string, value: unknown): Omit<Annotation, 'preference'> {
  const { data, error } = lengths.safeParse(value)
  if (error !== undefined) throw badInput(`${place}: ${describeIssues(error)}`, remedy)
  const [baselineLength, modelLength] = 'length_1' in data ? [data.length_1, data.length_2] : [data.output_1, data.output_2]
  return { baselineLength, modelLength }
}

/** A row of a file and where it is, for errors. */
interface TableRow {
  readonly place: string
  readonly value: unknown
}

/** The rows of a file in one of AlpacaEval's forms. Throws NOT_FOUND, or BAD_INPUT if it has none. */
export function tableRows(path: string, form: string): TableRow[] {
  const text = withoutNonNumbers(readDocumentText(path), /^NaN$/)
  const rows = /^\s*\[/.test(text) ? arrayRows(path, text, form) : lineRows(path, text, form)
  if (rows.length === 0) throw badInput(`${path}: has no rows`, form)
  return rows
}

function arrayRows(path: string, text: string, form: string): TableRow[] {
  const value = parse(path, text, form)
  if (!Array.isArray(value)) throw badInput(`${path}: not an array`, form)
  return value.map((row: unknown, index) => ({ place: `${path}: row ${index + 1}`, value: row }))
}

const lineRows = (path: string, text: string, form: string): TableRow[] =>
  text.split(/\r?\n/).flatMap((line, index) => {
    const place = `${path}:${index + 1}`
    return line.trim() === '' ? [] : [{ place, value: parse(place, line, form) }]
  })

function parse(place: string, text: string, form: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badInput(`${place}: ${notJson(error)}`, form)
  }
}
