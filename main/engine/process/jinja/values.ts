import { charactersPerItem, makeItems, spendItems } from './budget.ts'
import { TemplateError } from './template-error.ts'

/**
 * Python's values in a template. `number` is an int; a float is a `PythonFloat`, since 2 and 2.0 are written differently. Lists are arrays,
 * dicts are maps, a string is counted by characters (code points).
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

/** A text marked by `|safe` (MarkupSafe's Markup): what is added to it has its `& < > ' "` escaped. */
export class SafeText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** What a name or attribute that isn't there gives: empty text, no items, false; an error for most else. */
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

/** `dict.items()` and its siblings. */
export class View {
  readonly kind: 'items' | 'keys' | 'values'
  readonly items: readonly Value[]
  constructor(kind: 'items' | 'keys' | 'values', items: readonly Value[]) {
    this.kind = kind
    this.items = items
  }
}

/** A generator: its items can be gone through once. */
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
    if (name.startsWith('_')) throw new TemplateError(`a namespace can't have an attribute ${name}`)
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

/** The `loop` of a for block. */
export interface Loop {
  readonly isLoop: true
  attribute(name: string): Value | undefined
  /** Go through further items with the same body, where the loop is recursive. */
  recurse(items: Value): Value
}

export const isDict = (value: Value): value is Dict => value instanceof Map
export const isLoop = (value: Value): value is Loop => typeof value === 'object' && value !== null && 'isLoop' in value

/** Python's name of a value's type, for messages. */
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

/** Characters of a string; one of ASCII or the basic plane alone isn't taken apart. */
export function characters(text: string): string[] {
  makeItems(text.length / 4)
  spendItems(text.length)
  return Array.from(text)
}

export const textLength = (text: string): number => (/[\ud800-\udbff]/.test(text) ? characters(text).length : text.length)

/** How much there is to go through in a value, in characters. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length
  if (value instanceof SafeText) return value.text.length
  if (isDict(value)) return value.size * charactersPerItem
  if (Array.isArray(value)) return value.length * charactersPerItem
  return value instanceof Tuple || value instanceof Range || value instanceof View ? value.items.length * charactersPerItem : 0
}

/** The items of a value, undefined where it can't be iterated. A generator is used up by it. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (Array.isArray(value)) return value
  if (typeof value === 'string') return characters(value)
  if (value instanceof Tuple || value instanceof Range || value instanceof View) return value.items
  if (value instanceof Once) return value.take()
  if (isDict(value)) return [...value.keys()]
  if (value instanceof Undefined) return []
  return undefined
}

/** The items of a value that must have some. Throws TemplateError. */
export function iterate(value: Value): readonly Value[] {
  const items = itemsOf(value)
  if (items === undefined) throw new TemplateError(`'${typeName(value)}' object is not iterable`)
  return items
}

/** Python's `len`. Throws TemplateError where a value has none. */
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

/** A value as a dict's key. Throws TemplateError for what can't be one here. */
export function keyOf(value: Value): Key {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value
  if (value instanceof PythonFloat && Number.isInteger(value.value)) return value.value
  throw new TemplateError(`a value of type ${typeName(value)} as the key of a dict`)
}

/** The value that JSON data is in a template. */
export function fromJson(data: unknown): Value {
  if (data === undefined) return new Undefined('a value')
  if (data === null || typeof data === 'boolean' || typeof data === 'string') return data
  if (typeof data === 'number') return Number.isInteger(data) ? data : new PythonFloat(data)
  if (Array.isArray(data)) return data.map(fromJson)
  return new Map(Object.entries(data as object).map(([key, value]) => [key, fromJson(value)]))
}
