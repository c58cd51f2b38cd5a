import { isObject } from '../../shared/is-object.ts'

/**
 * Why a row (or a named part of it) can't be used. Thrown by row readers, caught in the importers. Not an Error: a million stack traces
 * take half a minute.
 */
export class BadRow {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

/** Thrown by row readers: the row is valid, but not wanted. */
export class UnwantedRow extends BadRow {}

/**
 * An object's named values. A name also matches in other capitalization, and with spaces or hyphens for underscores, as in table headers.
 * Tracks which values were read, so that unread ones can be reported: nothing is dropped silently.
 */
export class Fields {
  readonly #values: ReadonlyMap<string, unknown> // a map, so that a field called `__proto__` is harmless
  readonly #aliases = new Map<string, string>()
  readonly #read = new Set<string>()
  readonly #inner: { readonly path: string; readonly fields: Fields }[] = []

  constructor(value: Record<string, unknown>) {
    this.#values = new Map(Object.entries(value))
    for (const name of this.#values.keys()) {
      const plain = plainName(name)
      if (plain !== name && !this.#values.has(plain) && !this.#aliases.has(plain)) this.#aliases.set(plain, name)
    }
  }

  get names(): string[] {
    return [...this.#values.keys()]
  }

  /** Whether there is a value, without reading it. */
  has(name: string): boolean {
    return this.#values.has(name) || this.#aliases.has(name)
  }

  get(name: string): unknown {
    const known = this.nameOf(name)
    this.#read.add(known)
    return this.#values.get(known)
  }

  /** The value, without marking it as read, to check whether it is the right one. */
  peek(name: string): unknown {
    return this.#values.get(this.nameOf(name))
  }

  /** The first of the names with a value other than null. */
  first(...names: readonly string[]): string | undefined {
    return names.find((name) => this.peek(name) != null)
  }

  /** The fields of a nested object. Its unread fields are reported as `path.name`. */
  inner(path: string, value: unknown, where: string): Fields {
    const fields = fieldsOf(value, where)
    this.#inner.push({ path, fields })
    return fields
  }

  /** The names of nonblank values that weren't read. */
  unread(): string[] {
    const own = [...this.#values].filter(([name, value]) => !this.#read.has(name) && !isBlank(value)).map(([name]) => name)
    return [...own, ...this.#inner.flatMap(({ path, fields }) => fields.unread().map((name) => `${path}.${name}`))]
  }

  /** The name as the object spells it. */
  nameOf(name: string): string {
    return this.#values.has(name) ? name : (this.#aliases.get(name) ?? name)
  }
}

const plainName = (name: string): string =>
  /[A-Z\s-]|^\W|\W$/.test(name)
    ? name
        .trim()
        .toLowerCase()
        .replace(/[\s-]+/g, '_')
    : name

/** Whether a value is null, or an empty string, list, or object. */
export const isBlank = (value: unknown): boolean =>
  value == null ||
  (typeof value === 'string' && value.trim() === '') ||
  (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0)

/** An object's fields. */
export function fieldsOf(value: unknown, name: string): Fields {
  if (value === undefined) throw new BadRow(`${name} is missing`)
  if (!isObject(value)) throw new BadRow(`${name} is ${kindOf(value)}, not an object`)
  return new Fields(value)
}

/** A field with nonblank text. */
export function textField(fields: Fields, name: string): string {
  const text = optionalText(fields, name)
  if (text === '') throw new BadRow(fields.get(name) == null ? `"${name}" is missing` : `"${name}" is empty`)
  return text
}

/** A field that can be missing, null, or blank, which all count as empty text. */
export const optionalText = (fields: Fields, name: string): string => textOf(fields.get(name) ?? '', name)

/** A value as text; blank text counts as empty. */
export function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new BadRow(`"${name}" is ${kindOf(value)}, not text`)
  if (!value.isWellFormed()) throw new BadRow(`"${name}" contains half of a surrogate pair, which no tokenizer can read`)
  return value.trim() === '' ? '' : value
}

/** A field that can be missing or null, but is otherwise a finite number or its text form. */
export function optionalNumber(fields: Fields, name: string): number | undefined {
  const value = fields.get(name) ?? undefined
  if (value === undefined) return undefined
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || Number.isNaN(number)) throw new BadRow(`"${name}" is ${kindOf(value)}, not a number`)
  if (!Number.isFinite(number)) throw new BadRow(`"${name}" is too large for a number`)
  return number
}

/** A field with a finite number. */
export function numberField(fields: Fields, name: string): number {
  const number = optionalNumber(fields, name)
  if (number === undefined) throw new BadRow(`"${name}" is missing`)
  return number
}

/** A human rank: 0 is the best. */
export function rankField(fields: Fields, name: string): number {
  const rank = numberField(fields, name)
  if (rank < 0) throw new BadRow(`"${name}" is ${rank}; the best rank is 0`)
  return rank
}

const truths: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  ...([true, 1, 'true', '1', '1.0', 'yes'] as const).map((value) => [value, true] as const),
  ...([false, 0, -1, 'false', '0', '0.0', '-1', 'no'] as const).map((value) => [value, false] as const),
])

/** A boolean, also from text or a number; undefined if the value isn't one. */
export const truthOf = (value: unknown): boolean | undefined => truths.get(typeof value === 'string' ? value.trim().toLowerCase() : value)

/** A field with a nonempty list. */
export function listField(fields: Fields, name: string): readonly unknown[] {
  const value = fields.get(name)
  if (value == null) throw new BadRow(`"${name}" is missing`)
  if (!Array.isArray(value)) throw new BadRow(`"${name}" is ${kindOf(value)}, not a list`)
  if (value.length === 0) throw new BadRow(`"${name}" is empty`)
  return value
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return 'a boolean'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
