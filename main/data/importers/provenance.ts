import type { JsonLine } from '../../common/jsonl.ts'
import { isObject } from '../../shared/is-object.ts'
import { type PreferenceExample, provenanceNames } from '../imported.ts'
import { type Fields, isBlank } from './fields.ts'

/** Columns that only an export of preferences with a judge or a review has. */
const signs = ['judge', 'override', 'reviewer', 'reviewed_at']

/** Whether rows are an export of Laurel's: one of them has one of the signs. */
export const areOwn = (rows: readonly JsonLine[]): boolean =>
  rows.some(({ value }) => isObject(value) && signs.some((name) => value[name] != null))

/** Reads where a pair comes from: Laurel's columns, if the rows are an export of its own. */
export function provenanceReader(rows: readonly JsonLine[]): (fields: Fields) => Pick<PreferenceExample, 'provenance'> {
  const isOwn = areOwn(rows)
  return (fields) => {
    if (!isOwn) return {}
    const present = provenanceNames.flatMap((name): [string, unknown][] => {
      const value = fields.has(name) ? fields.get(name) : undefined
      return isBlank(value) ? [] : [[name, Array.isArray(value) ? value.map(judgement) : value]]
    })
    return present.length === 0 ? {} : { provenance: Object.fromEntries(present) }
  }
}

/** A judgement without a score has null, which columnar files leave out. */
const judgement = (value: unknown): unknown => (isObject(value) && 'text' in value ? { score: null, ...value } : value)
