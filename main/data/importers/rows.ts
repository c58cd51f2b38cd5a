import type { JsonLine } from '../../common/jsonl.ts'
import type { LeftOut } from '../imported.ts'

/** Thrown by a row's reader: the row (or the named part of it) cannot be used, and why. Never leaves the importers. */
export class BadRow extends Error {}

/** Thrown by a row's reader: nothing is wrong with the row, but it is not wanted. */
export class UnwantedRow extends Error {}

/** Where the rows that are not used are noted. */
export interface Notes {
  readonly rejected: LeftOut[]
  readonly skipped: LeftOut[]
}

export const newNotes = (): Notes => ({ rejected: [], skipped: [] })

/** Read one row or part of one; undefined where it is not used, which is noted. */
export function attempt<T>(line: number, notes: Notes, read: () => T): T | undefined {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof BadRow) notes.rejected.push({ line, reason: thrown.message })
    else if (thrown instanceof UnwantedRow) notes.skipped.push({ line, reason: thrown.message })
    else throw thrown
    return undefined
  }
}

/** Put the name of a part of a row before the reason why it is bad. */
export function within<T>(part: string, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    throw thrown instanceof BadRow ? new BadRow(`${part}: ${thrown.message}`) : thrown
  }
}

/** Read every row that is an object; the good ones come back in order. */
export function readRows<T>(rows: readonly JsonLine[], notes: Notes, read: (fields: Fields, line: number) => T): T[] {
  const good: T[] = []
  for (const { line, value } of rows) {
    const row = attempt(line, notes, () => read(fieldsOf(value, 'the row'), line))
    if (row !== undefined) good.push(row)
  }
  return good
}

/** The named values of an object. */
export type Fields = ReadonlyMap<string, unknown>

/** An object's own fields (a map, so that a field called `__proto__` is only a field). */
export function fieldsOf(value: unknown, name: string): Fields {
  if (value === undefined) throw new BadRow(`${name} is missing`)
  if (!isObject(value)) throw new BadRow(`${name} is ${kindOf(value)}, not an object`)
  return new Map(Object.entries(value))
}

/** A field that must hold text that is not blank. */
export function textField(fields: Fields, name: string): string {
  const text = optionalText(fields, name)
  if (text === '') throw new BadRow(fields.get(name) == null ? `"${name}" is missing` : `"${name}" is empty`)
  return text
}

/** A field that may be missing, null or blank, which all mean the empty text. */
export function optionalText(fields: Fields, name: string): string {
  const value = fields.get(name) ?? ''
  if (typeof value !== 'string') throw new BadRow(`"${name}" is ${kindOf(value)}, not a text`)
  if (!value.isWellFormed()) throw new BadRow(`"${name}" holds half of a surrogate pair, which no tokenizer can read`)
  return value.trim() === '' ? '' : value
}

/** A field that may be missing or null but is otherwise a finite number. */
export function optionalNumber(fields: Fields, name: string): number | undefined {
  const value = fields.get(name) ?? undefined
  if (value === undefined) return undefined
  if (typeof value !== 'number') throw new BadRow(`"${name}" is ${kindOf(value)}, not a number`)
  return value
}

/** A human rank: 0 is the best. */
export function rankField(fields: Fields, name: string): number {
  const rank = optionalNumber(fields, name)
  if (rank === undefined) throw new BadRow(`"${name}" is missing`)
  if (rank < 0) throw new BadRow(`"${name}" is ${rank}; the best rank is 0`)
  return rank
}

/** A field that must hold a list with at least one entry. */
export function listField(fields: Fields, name: string): readonly unknown[] {
  const value = fields.get(name)
  if (value == null) throw new BadRow(`"${name}" is missing`)
  if (!Array.isArray(value)) throw new BadRow(`"${name}" is ${kindOf(value)}, not a list`)
  if (value.length === 0) throw new BadRow(`"${name}" is empty`)
  return value
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'boolean') return 'a truth value'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
