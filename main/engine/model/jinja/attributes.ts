import { spend, TemplateError } from './budget.ts'
import { isEqual, numberOf } from './compare.ts'
import { bind } from './macro.ts'
import { stringMethods } from './string-methods.ts'
import {
  type Args,
  Callable,
  characters,
  type Dict,
  isDict,
  isLoop,
  iterate,
  keyOf,
  Namespace,
  sizeOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
  View,
} from './values.ts'
import { represented } from './written.ts'

/** `value.name`: first a method or attribute, then a dict's key, as in Jinja2. */
export function attributeOf(value: Value, name: string): Value {
  const own = ownAttribute(value, name)
  if (own !== undefined) return own
  if (isDict(value) && value.has(name)) return value.get(name)!
  if (value instanceof Undefined) throw new TemplateError(`${value.reason} is undefined`)
  return new Undefined(`'${typeName(value)} object' has no attribute '${name}'; it`)
}

/** `value[key]`: first a dict's key or a list's index, then an attribute. */
export function itemOf(value: Value, key: Value): Value {
  if (value instanceof Undefined) throw new TemplateError(`${value.reason} is undefined`)
  const found = isDict(value) ? entryOf(value, key) : placed(value, key)
  if (found !== undefined) return found
  const attribute = typeof key === 'string' ? ownAttribute(value, key) : undefined
  return attribute ?? new Undefined(`'${typeName(value)} object' has no item ${represented(key)}; it`)
}

/** Unhashable keys are never present. */
function entryOf(dict: Dict, key: Value): Value | undefined {
  if (typeof key === 'string' || key === null) return dict.get(key)
  const number = numberOf(key)
  return number === undefined ? undefined : dict.get(number)
}

function placed(value: Value, key: Value): Value | undefined {
  if (typeof key !== 'number' && typeof key !== 'boolean') return undefined
  const place = Number(key)
  if (typeof value === 'string') {
    return characters(value).at(place)
  }
  if (Array.isArray(value)) return value.at(place)
  return value instanceof Tuple ? value.items.at(place) : isRange(value) ? value.items.at(place) : undefined
}

const isRange = (value: Value): value is Extract<Value, { bounds: readonly number[] }> =>
  typeof value === 'object' && value !== null && 'bounds' in value

function ownAttribute(value: Value, name: string): Value | undefined {
  if (value instanceof Namespace) return value.values.get(name)
  if (value instanceof Callable) return value.attributes.get(name)
  if (isLoop(value)) return value.attribute(name)
  if (typeof value === 'string') return bound(value, name, stringMethods.get(name), namedArguments)
  if (isDict(value)) return bound(value, name, dictMethods.get(name))
  if (Array.isArray(value)) return bound(value, name, listMethods.get(name))
  if (value instanceof Tuple) return bound(value.items as Value[], name, tupleMethods.get(name))
  return undefined
}

type Method<Of> = (value: Of, args: Args) => Value

/** String methods that accept keyword arguments. */
const namedArguments: ReadonlySet<string> = new Set(['split', 'rsplit', 'splitlines', 'replace', 'format'])

/** A method bound to a value. `named`: methods that accept keyword arguments. */
function bound<Of extends Value>(value: Of, name: string, method: Method<Of> | undefined, named: ReadonlySet<string> = new Set()) {
  if (method === undefined) return undefined
  return new Callable(`built-in method ${name} of ${typeName(value)} object`, (args) => {
    if (args.named.size > 0 && !named.has(name)) throw new TemplateError(`${typeName(value)}.${name}() takes no keyword arguments`)
    spend(sizeOf(value) + args.positional.reduce((sum: number, given) => sum + sizeOf(given), 0))
    return method(value, args)
  })
}

const unsafe = (type: string, name: string): [string, () => never] => [
  name,
  () => {
    throw new TemplateError(`access to attribute '${name}' of '${type}' object is unsafe`)
  },
]

const view = (kind: View['kind'], of: (dict: Dict) => Value[]): [string, Method<Dict>] => [
  kind,
  (dict, args) => {
    bind(kind, args, [])
    return new View(kind, of(dict))
  },
]

const dictMethods: ReadonlyMap<string, Method<Dict>> = new Map<string, Method<Dict>>([
  view('items', (dict) => [...dict].map((pair) => new Tuple(pair))),
  view('keys', (dict) => [...dict.keys()]),
  view('values', (dict) => [...dict.values()]),
  [
    'get',
    (dict, args) => {
      const [key, otherwise = null] = bind('get', args, ['key', 'default'], 1)
      return dict.get(keyOf(key!)) ?? (dict.has(keyOf(key!)) ? null : otherwise)
    },
  ],
  ['copy', (dict) => new Map(dict)],
  ...['clear', 'pop', 'popitem', 'setdefault', 'update'].map((name) => unsafe('dict', name)),
])

const tupleMethods: ReadonlyMap<string, Method<Value[]>> = new Map<string, Method<Value[]>>([
  [
    'count',
    (list, args) => {
      const [wanted] = bind('count', args, ['value'], 1)
      return list.filter((item) => isEqual(item, wanted!)).length
    },
  ],
  [
    'index',
    (list, args) => {
      const [wanted] = bind('index', args, ['value'], 1)
      const place = list.findIndex((item) => isEqual(item, wanted!))
      if (place === -1) throw new TemplateError(`${represented(wanted!)} is not in list`)
      return place
    },
  ],
])

const listMethods: ReadonlyMap<string, Method<Value[]>> = new Map<string, Method<Value[]>>([
  ...tupleMethods,
  ['copy', (list) => [...list]],
  ...['append', 'clear', 'pop', 'reverse', 'insert', 'sort', 'extend', 'remove'].map((name) => unsafe('list', name)),
])

/** The value at a path of attributes and indices (`a.b.0`), as filters accept it. */
export function attributeAlong(value: Value, path: Value): Value {
  if (typeof path === 'number') return itemOf(value, path)
  const parts = typeof path === 'string' ? path.split('.') : iterate(path)
  return parts.reduce<Value>((inner, part) => itemOf(inner, typeof part === 'string' && /^\d+$/.test(part) ? Number(part) : part), value)
}
