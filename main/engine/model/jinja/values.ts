import { charactersPerItem, makeItems, spendItems, TemplateError } from './budget.ts'

/**
 * Python values in a template. A `number` is an int; floats are `PythonFloat`, since 2 and 2.0 print differently. Lists are arrays, dicts
 * are maps, and strings are indexed by characters (code points).
 */
export type Value =
  | null
  | boolean
  | number
  | string
  | PythonFloat
  | SafeText
  | Undefined
  | Value[]
  | Tuple
  | Dict
  | Range
  | View
  | Once
  | Namespace
  | Callable
  | Loop

export type Key = string | number | null
export type Dict = Map<Key, Value>

export class PythonFloat {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** A string marked by `|safe` (MarkupSafe's Markup): concatenated strings get their `& < > ' "` escaped. */
export class SafeText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Value of an undefined name or attribute: empty string, no items, false. Most other uses are errors. */
export class Undefined {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

export class Tuple {
  readonly items: readonly Value[]
  constructor(items: readonly Value[]) {
    this.items = items
  }
}

export class Range {
  readonly items: number[]
  readonly bounds: readonly number[]
  constructor(items: number[], bounds: readonly number[]) {
    this.items = items
    this.bounds = bounds
  }
}

/** Result of `dict.items()`, `keys()` and `values()`. */
export class View {
  readonly kind: 'items' | 'keys' | 'values'
  readonly items: readonly Value[]
  constructor(kind: 'items' | 'keys' | 'values', items: readonly Value[]) {
    this.kind = kind
    this.items = items
  }
}

/** A generator, which can be iterated once. */
export class Once {
  #items: readonly Value[]
  constructor(items: readonly Value[]) {
    this.#items = items
  }

  take(): readonly Value[] {
    const items = this.#items
    this.#items = []
    return items
  }

  next(): Value | undefined {
    const [first, ...rest] = this.#items
    this.#items = rest
    return first
  }
}

export class Namespace {
  readonly values = new Map<string, Value>()

  set(name: string, value: Value): void {
    if (name.startsWith('_')) throw new TemplateError(`a namespace can't have the attribute ${name}`)
    this.values.set(name, value)
  }
}

export interface Args {
  readonly positional: readonly Value[]
  readonly named: ReadonlyMap<string, Value>
}

export class Callable {
  readonly name: string
  readonly call: (args: Args) => Value
  readonly attributes: ReadonlyMap<string, Value>
  constructor(name: string, call: (args: Args) => Value, attributes: ReadonlyMap<string, Value> = new Map()) {
    this.name = name
    this.call = call
    this.attributes = attributes
  }
}

/** The `loop` object of a for block. */
export interface Loop {
  readonly isLoop: true
  attribute(name: string): Value | undefined
  /** Iterate further items with the same body, in a recursive loop. */
  recurse(items: Value): Value
}

export const isDict = (value: Value): value is Dict => value instanceof Map
export const isLoop = (value: Value): value is Loop => typeof value === 'object' && value !== null && 'isLoop' in value

/** Python's type name of a value, for messages. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return 'int'
  if (typeof value === 'string') return 'str'
  if (value instanceof PythonFloat) return 'float'
  if (value instanceof SafeText) return 'Markup'
  if (value instanceof Undefined) return 'Undefined'
  if (Array.isArray(value)) return 'list'
  if (value instanceof Tuple) return 'tuple'
  if (isDict(value)) return 'dict'
  if (value instanceof Range) return 'range'
  if (value instanceof View) return `dict_${value.kind}`
  if (value instanceof Once) return 'generator'
  if (value instanceof Namespace) return 'Namespace'
  if (value instanceof Callable) return 'function'
  return 'LoopContext'
}

/** Characters of a string. Avoids splitting one without surrogate pairs. */
export function characters(text: string): string[] {
  makeItems(text.length / 4)
  spendItems(text.length)
  return Array.from(text)
}

export const textLength = (text: string): number => (/[\ud800-\udbff]/.test(text) ? characters(text).length : text.length)

/** Size of a value for the budget, in characters. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length
  if (value instanceof SafeText) return value.text.length
  if (isDict(value)) return value.size * charactersPerItem
  if (Array.isArray(value)) return value.length * charactersPerItem
  return value instanceof Tuple || value instanceof Range || value instanceof View ? value.items.length * charactersPerItem : 0
}

/** Items of a value, or undefined if it isn't iterable. Exhausts a generator. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (Array.isArray(value)) return value
  if (typeof value === 'string') return characters(value)
  if (value instanceof Tuple || value instanceof Range || value instanceof View) return value.items
  if (value instanceof Once) return value.take()
  if (isDict(value)) return [...value.keys()]
  if (value instanceof Undefined) return []
  return undefined
}

/** Items of an iterable value. Throws TemplateError otherwise. */
export function iterate(value: Value): readonly Value[] {
  const items = itemsOf(value)
  if (items === undefined) throw new TemplateError(`'${typeName(value)}' object is not iterable`)
  return items
}

/** Python's `len`. Throws TemplateError if the value has none. */
export function lengthOf(value: Value): number {
  if (typeof value === 'string') return textLength(value)
  if (value instanceof SafeText) return textLength(value.text)
  if (isDict(value)) return value.size
  if (value instanceof Undefined) return 0
  if (Array.isArray(value)) return value.length
  if (value instanceof Tuple || value instanceof Range || value instanceof View) return value.items.length
  if (isLoop(value)) return value.attribute('length') as number
  throw new TemplateError(`object of type '${typeName(value)}' has no len()`)
}

/** A value as a dict key. Throws TemplateError for unsupported types. */
export function keyOf(value: Value): Key {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value
  if (value instanceof PythonFloat && Number.isInteger(value.value)) return value.value
  throw new TemplateError(`a value of type ${typeName(value)} can't be a dict key`)
}

/** JSON data as a template value. */
export function fromJson(data: unknown): Value {
  if (data === undefined) return new Undefined('a value')
  if (data === null || typeof data === 'boolean' || typeof data === 'string') return data
  if (typeof data === 'number') return Number.isInteger(data) ? data : new PythonFloat(data)
  if (Array.isArray(data)) return data.map(fromJson)
  return new Map(Object.entries(data as object).map(([key, value]) => [key, fromJson(value)]))
}
