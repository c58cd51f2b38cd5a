import { z } from 'zod'
import { describeIssues } from '../common/describe-issues.ts'
import { readDocumentText } from '../common/json-document.ts'
import { notJson } from '../common/jsonl.ts'
import type { Annotation } from '../evaluation/win-rate.ts'
import { badInput } from '../shared/errors.ts'

const remedy = 'Use AlpacaEval\'s annotations.json, or rows of {"preference": 1 to 2, "length_1": characters, "length_2": characters}.'

const preference = z.object({
  preference: z
    .number()
    .refine((p) => p === 0 || (p >= 1 && p <= 2), 'must be between 1 and 2 (or 0 for a draw)')
    .nullish(),
})

/** Lengths as in Python: code points, so a character outside the basic multilingual plane counts once. */
const lengthOf = z.string().transform((text) => [...text].length)
const lengths = z.union(
  [z.object({ length_1: z.number().min(0), length_2: z.number().min(0) }), z.object({ output_1: lengthOf, output_2: lengthOf })],
  { error: 'must have either the texts output_1 and output_2 or the numbers length_1 and length_2' },
)

/**
 * Reads annotated comparisons as written by AlpacaEval: a JSON array or JSON Lines, with Python's NaN for null. `rows` is the number of all
 * rows; `annotations` holds those with a preference. Throws BAD_INPUT, naming the file and the row.
 */
export function readAnnotations(path: string): { rows: number; annotations: Annotation[] } {
  const rows = rowsOf(path, withoutNan(readDocumentText(path)))
  if (rows.length === 0) throw badInput(`${path}: has no rows`, remedy)
  return { rows: rows.length, annotations: rows.flatMap(({ place, value }) => annotation(place, value)) }
}

interface Row {
  readonly place: string
  readonly value: unknown
}

function rowsOf(path: string, text: string): Row[] {
  if (/^\s*\[/.test(text)) {
    const value = parse(path, text)
    if (!Array.isArray(value)) throw badInput(`${path}: not an array`, remedy)
    return value.map((row: unknown, index) => ({ place: `${path}: row ${index + 1}`, value: row }))
  }
  return text.split(/\r?\n/).flatMap((line, index) => {
    const place = `${path}:${index + 1}`
    return line.trim() === '' ? [] : [{ place, value: parse(place, line) }]
  })
}

function parse(place: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badInput(`${place}: ${notJson(text, error).replaceAll('\n', ' ')}`, remedy)
  }
}

/** Python's json writes a missing number as NaN. Strings stay unchanged. */
const withoutNan = (text: string): string =>
  text.includes('NaN') ? text.replace(/"(?:[^"\\\n]|\\.)*"|\bNaN\b/g, (found) => (found === 'NaN' ? 'null' : found)) : text

function annotation(place: string, value: unknown): Annotation[] {
  const preferred = preference.safeParse(value)
  if (!preferred.success) throw badInput(`${place}: ${describeIssues(preferred.error)}`, remedy)
  if (preferred.data.preference == null) return []
  const measured = lengths.safeParse(value)
  if (!measured.success) throw badInput(`${place}: ${describeIssues(measured.error)}`, remedy)
  const own = measured.data
  const [baselineLength, modelLength] = 'length_1' in own ? [own.length_1, own.length_2] : [own.output_1, own.output_2]
  return [{ preference: preferred.data.preference, baselineLength, modelLength }]
}
