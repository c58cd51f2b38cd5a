import type { JsonLine } from '../common/jsonl.ts'
import type { DataFormat } from '../shared/enums.ts'
import { isObject } from '../shared/is-object.ts'
import { formats } from './formats.ts'
import { Fields } from './importers/fields.ts'

/** How many rows at the start of a file to inspect: enough that a few bad ones don't decide. */
const rowsToLookAt = 50

const signs = Object.entries(formats) as [DataFormat, (typeof formats)[DataFormat]][]

/** The format of most of the first rows; undefined if none matches. In a tie, the more specific format wins. */
export function detectFormat(rows: readonly JsonLine[]): DataFormat | undefined {
  const votes = new Map<DataFormat, number>()
  for (const { value } of rows.slice(0, rowsToLookAt)) {
    const row = isObject(value) ? new Fields(value) : undefined
    const format = row && signs.find(([, { matches }]) => matches(row))?.[0]
    if (format !== undefined) votes.set(format, (votes.get(format) ?? 0) + 1)
  }
  const most = Math.max(0, ...votes.values())
  return signs.find(([format]) => votes.get(format) === most)?.[0]
}
