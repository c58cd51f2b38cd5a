import { nested, spend, step, TemplateError } from './budget.ts'
import {
  type Dict,
  isDict,
  itemsOf,
  Once,
  PythonFloat,
  Range,
  SafeText,
  sizeOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
  View,
} from './values.ts'

/** A value as a number in arithmetic (True is 1), or undefined. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  return value instanceof PythonFloat ? value.value : undefined
}

/** Python's truthiness. */
export function isTrue(value: Value): boolean {
  if (value === null || value instanceof Undefined) return false
  if (typeof value === 'boolean') return value
  if (value instanceof SafeText) return value.text.length > 0
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0
  if (value instanceof Tuple || value instanceof Range || value instanceof View) return value.items.length > 0
  if (isDict(value)) return value.size > 0
  return numberOf(value) !== 0
}

/** Python's `==`. */
export function isEqual(a: Value, b: Value): boolean {
  if (a instanceof SafeText) return isEqual(a.text, b)
  if (b instanceof SafeText) return isEqual(a, b.text)
  if (typeof a === 'string') spend(a.length)
  if (a === b) return true
  const [x, y] = [numberOf(a), numberOf(b)]
  if (x !== undefined && y !== undefined) return x === y
  if (a instanceof Undefined && b instanceof Undefined) return true
  if (Array.isArray(a) && Array.isArray(b)) return areEqual(a, b)
  if (a instanceof Tuple && b instanceof Tuple) return areEqual(a.items, b.items)
  if (a instanceof Range && b instanceof Range) return areEqual(a.items, b.items)
  return isDict(a) && isDict(b) && areEqualDicts(a, b)
}

const areEqual = (a: readonly Value[], b: readonly Value[]): boolean =>
  a.length === b.length && nested(() => a.every((item, i) => isStepEqual(item, b[i])))

/** Charge nested values one by one: they may share parts, and so be far larger than their memory. */
function isStepEqual(a: Value, b: Value): boolean {
  step()
  return isEqual(a, b)
}

const areEqualDicts = (a: Dict, b: Dict): boolean =>
  a.size === b.size && nested(() => [...a].every(([key, value]) => b.has(key) && isStepEqual(value, b.get(key)!)))

/** Negative if a sorts before b. Throws TemplateError for values that Python can't order. */
export function order(a: Value, b: Value, operator = '<'): number {
  step()
  const [x, y] = [numberOf(a), numberOf(b)]
  if (x !== undefined && y !== undefined) return x < y ? -1 : Number(x > y)
  if (typeof a === 'string' && typeof b === 'string') return orderOfTexts(a, b)
  const [first, second] = [sequenceOf(a), sequenceOf(b)]
  if (first && second && typeName(a) === typeName(b)) {
    return nested(() => {
      const differing = first.findIndex((item, i) => i >= second.length || !isStepEqual(item, second[i]))
      if (differing === -1) return first.length - second.length
      return differing >= second.length ? 1 : order(first[differing], second[differing], operator)
    })
  }
  const unknown = [a, b].find((value) => value instanceof Undefined)
  if (unknown instanceof Undefined) throw new TemplateError(`${unknown.reason} is undefined`)
  throw new TemplateError(`'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`)
}

const sequenceOf = (value: Value): readonly Value[] | undefined =>
  Array.isArray(value) ? value : value instanceof Tuple ? value.items : undefined

/** Compares by code points; JavaScript's own order is by UTF-16 units. */
function orderOfTexts(a: string, b: string): number {
  if (a === b) return 0
  let i = 0
  while (i < a.length && i < b.length && a[i] === b[i]) i++
  if (i > 0 && /[\ud800-\udbff]/.test(a[i - 1])) i--
  const [x, y] = [a.codePointAt(i) ?? -1, b.codePointAt(i) ?? -1]
  return x - y
}

/** Python's `item in container`. Throws TemplateError if the container doesn't support it. */
export function isIn(item: Value, container: Value): boolean {
  if (item instanceof SafeText) return isIn(item.text, container)
  if (container instanceof SafeText) return isIn(item, container.text)
  spend(sizeOf(container))
  if (typeof container === 'string') {
    if (typeof item === 'string') return container.includes(item)
    if (item instanceof Undefined) throw new TemplateError(`${item.reason} is undefined`)
    throw new TemplateError(`'in <string>' requires string as left operand, not ${typeName(item)}`)
  }
  if (isDict(container)) {
    if (Array.isArray(item) || isDict(item)) throw new TemplateError(`unhashable type: '${typeName(item)}'`)
    const number = numberOf(item)
    return number === undefined ? container.has(item as string) : [...container.keys()].some((key) => numberOf(key) === number)
  }
  if (container instanceof Once) {
    for (let next = container.next(); next !== undefined; next = container.next()) if (isEqual(next, item)) return true
    return false
  }
  const items = itemsOf(container)
  if (items === undefined) throw new TemplateError(`argument of type '${typeName(container)}' is not iterable`)
  return items.some((member) => isEqual(member, item))
}
