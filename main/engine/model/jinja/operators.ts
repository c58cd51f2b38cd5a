import { make, makeItems, TemplateError } from './budget.ts'
import { numberOf } from './compare.ts'
import { formatPercent } from './string-format.ts'
import { characters, PythonFloat, Range, SafeText, sizeOf, Tuple, typeName, Undefined, type Value } from './values.ts'

/** Result of `+ - * / // % **` with Python's semantics. */
export function operate(operator: string, left: Value, right: Value): Value {
  for (const value of [left, right]) if (value instanceof Undefined) throw new TemplateError(`${value.reason} is undefined`)
  const [a, b] = [numberOf(left), numberOf(right)]
  if (a !== undefined && b !== undefined) return ofNumbers(operator, a, b, left instanceof PythonFloat || right instanceof PythonFloat)
  if (operator === '%' && typeof left === 'string') return formatPercent(left, right)
  if (operator === '+') {
    const joined = joinedOf(left, right)
    if (joined !== undefined) return joined
  }
  if (operator === '*') {
    const repeated = repeatedOf(left, right) ?? repeatedOf(right, left)
    if (repeated !== undefined) return repeated
  }
  if (operator === '+' && typeof left === 'string') throw new TemplateError(`can only concatenate str (not "${typeName(right)}") to str`)
  throw new TemplateError(`unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`)
}

function ofNumbers(operator: string, a: number, b: number, isFloat: boolean): Value {
  if (b === 0 && (operator === '/' || operator === '//' || operator === '%')) throw new TemplateError('division by zero')
  switch (operator) {
    case '+':
      return result(a + b, isFloat)
    case '-':
      return result(a - b, isFloat)
    case '*':
      return result(a * b, isFloat)
    case '/':
      return new PythonFloat(a / b)
    case '//':
      return result(Math.floor(a / b), isFloat)
    case '%':
      return result(a - b * Math.floor(a / b), isFloat)
    default:
      if (a === 0 && b < 0) throw new TemplateError('0.0 cannot be raised to a negative power')
      return result(a ** b, isFloat || b < 0)
  }
}

/** A number as Python's int or float. Throws for ints that JavaScript can't represent exactly. */
export function result(value: number, isFloat: boolean): Value {
  if (isFloat) return new PythonFloat(value)
  if (!Number.isSafeInteger(value)) throw new TemplateError('integers beyond 2^53 are not supported')
  return value + 0 // no -0
}

function joinedOf(left: Value, right: Value): Value | undefined {
  if (left instanceof SafeText || right instanceof SafeText) {
    const [before, after] = [escaped(left), escaped(right)]
    if (before === undefined || after === undefined) return undefined
    make(before.length + after.length)
    return new SafeText(before + after)
  }
  if (typeof left === 'string' && typeof right === 'string') {
    make(left.length + right.length)
    return left + right
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    makeItems(left.length + right.length)
    return [...left, ...right]
  }
  return left instanceof Tuple && right instanceof Tuple ? new Tuple([...left.items, ...right.items]) : undefined
}

const htmlEscapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&#39;', '"': '&#34;' }

/** A string escaped for concatenation with one marked as safe; undefined for other types. */
function escaped(value: Value): string | undefined {
  if (value instanceof SafeText) return value.text
  return typeof value === 'string' ? value.replace(/[&<>'"]/g, (character) => htmlEscapes[character]) : undefined
}

function repeatedOf(sequence: Value, times: Value): Value | undefined {
  if (typeof times !== 'number' && typeof times !== 'boolean') return undefined
  const count = Math.max(0, Number(times))
  if (typeof sequence === 'string') {
    make(sequence.length * count)
    return sequence.repeat(count)
  }
  const items = Array.isArray(sequence) ? sequence : sequence instanceof Tuple ? sequence.items : undefined
  if (items === undefined) return undefined
  makeItems(items.length * count)
  const all = Array.from({ length: items.length * count }, (_, i) => items[i % items.length])
  return Array.isArray(sequence) ? all : new Tuple(all)
}

/** `value[start:stop:step]`. */
export function sliceOf(value: Value, start: Value, stop: Value, step: Value): Value {
  make(sizeOf(value))
  if (typeof value === 'string') return sliced(characters(value), start, stop, step).join('')
  if (Array.isArray(value)) return sliced(value, start, stop, step)
  if (value instanceof Tuple) return new Tuple(sliced(value.items, start, stop, step))
  if (value instanceof Range) return new Range(sliced(value.items, start, stop, step), value.bounds)
  return new Undefined(`a part of a ${typeName(value)}`)
}

function sliced<T>(items: readonly T[], start: Value, stop: Value, step: Value): T[] {
  const by = bound(step) ?? 1
  if (by === 0) throw new TemplateError('slice step cannot be zero')
  const least = by > 0 ? 0 : -1
  const most = by > 0 ? items.length : items.length - 1
  const place = (given: number | undefined, otherwise: number): number => {
    if (given === undefined) return otherwise
    return given < 0 ? Math.max(given + items.length, least) : Math.min(given, most)
  }
  const [from, to] = by > 0 ? [place(bound(start), 0), place(bound(stop), most)] : [place(bound(start), most), place(bound(stop), -1)]
  const found: T[] = []
  for (let i = from; by > 0 ? i < to : i > to; i += by) found.push(items[i])
  return found
}

function bound(value: Value): number | undefined {
  if (value === null) return undefined
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value)
  throw new TemplateError('slice indices must be integers or None')
}
