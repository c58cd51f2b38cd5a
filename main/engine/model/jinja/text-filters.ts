import { make, TemplateError } from './budget.ts'
import { isTrue, numberOf } from './compare.ts'
import { bind, integerArgument, textArgument } from './macro.ts'
import { result } from './operators.ts'
import { capitalized, splitLines, strip } from './python-text.ts'
import { formatPercent } from './string-format.ts'
import { replaced } from './string-methods.ts'
import { toJson } from './to-json.ts'
import { type Args, characters, PythonFloat, SafeText, Tuple, textLength, typeName, Undefined, type Value } from './values.ts'
import { written } from './written.ts'

/** A filter of a single value. */
export type ValueFilter = (value: Value, args: Args) => Value

const ofText =
  (name: string, of: (text: string) => Value): ValueFilter =>
  (value, args) => {
    bind(name, args, [])
    return of(written(value))
  }

/** Jinja2's filters of strings, numbers and single values, by name. */
export const textFilters: ReadonlyMap<string, ValueFilter> = new Map<string, ValueFilter>([
  ['upper', ofText('upper', (text) => text.toUpperCase())],
  ['lower', ofText('lower', (text) => text.toLowerCase())],
  ['capitalize', ofText('capitalize', capitalized)],
  ['title', ofText('title', (text) => text.replace(/[^-\s({[<]+/gu, capitalized))],
  ['string', ofText('string', (text) => text)],
  ['safe', (value) => (value instanceof SafeText ? value : new SafeText(written(value)))],
  ['wordcount', ofText('wordcount', (text) => (text.match(/[\p{L}\p{N}\p{M}_]+/gu) ?? []).length)],
  ['tojson', toJson],
  ['trim', trim],
  ['replace', replace],
  ['indent', indent],
  ['center', center],
  ['truncate', truncate],
  ['format', format],
  ['int', toInt],
  ['float', toFloat],
  ['abs', absolute],
  ['round', rounded],
  ['default', otherwise],
  ['d', otherwise],
])

function trim(value: Value, args: Args): Value {
  const [set] = bind('trim', args, ['chars'])
  return strip(written(value), set == null ? null : textArgument('trim', set), 'both')
}

function replace(value: Value, args: Args): Value {
  const [old, by, count] = bind('replace', args, ['old', 'new', 'count'], 2)
  return replaced(written(value), written(old!), written(by!), count == null ? -1 : integerArgument('replace', count, -1))
}

function indent(value: Value, args: Args): Value {
  const [width = 4, first, blank] = bind('indent', args, ['width', 'first', 'blank'])
  const lines = splitLines(`${written(value)}\n`, false)
  const size = typeof width === 'string' ? width.length : Math.max(0, integerArgument('indent', width, 4))
  make((lines.length + 1) * size)
  const step = typeof width === 'string' ? width : ' '.repeat(size)
  const withBlank = blank !== undefined && isTrue(blank)
  const indented = lines.map((line, i) => (i > 0 && (withBlank || line !== '') ? step + line : line)).join('\n')
  return first !== undefined && isTrue(first) ? step + indented : indented
}

function center(value: Value, args: Args): Value {
  const [width = 80] = bind('center', args, ['width'])
  const text = written(value)
  const room = Math.max(0, integerArgument('center', width, 80) - textLength(text))
  make(room)
  const left = Math.floor(room / 2) + (room & (room + textLength(text)) & 1)
  return ' '.repeat(left) + text + ' '.repeat(room - left)
}

function truncate(value: Value, args: Args): Value {
  const [length, killWords, end = '...', leeway = 5] = bind('truncate', args, ['length', 'killwords', 'end', 'leeway'])
  const [text, most, ending] = [written(value), integerArgument('truncate', length, 255), textArgument('truncate', end)]
  if (textLength(text) <= most + integerArgument('truncate', leeway, 5)) return text
  const cut = characters(text)
    .slice(0, most - textLength(ending))
    .join('')
  if (killWords !== undefined && isTrue(killWords)) return cut + ending
  const space = cut.lastIndexOf(' ')
  return (space === -1 ? cut : cut.slice(0, space)) + ending
}

function format(value: Value, { positional, named }: Args): Value {
  if (named.size > 0 && positional.length > 0) throw new TemplateError('format takes positional or named arguments, not both')
  return formatPercent(written(value), named.size > 0 ? new Map(named) : new Tuple(positional))
}

const wholeText = /^[+-]?\d+(?:_\d+)*$/
const decimalText = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+)?$/i

function floatOfText(text: string): number | undefined {
  const trimmed = strip(text, null, 'both')
  return decimalText.test(trimmed) ? Number(trimmed.replaceAll('_', '')) : undefined
}

function toInt(value: Value, args: Args): Value {
  const [otherwise = 0, base = 10] = bind('int', args, ['default', 'base'])
  if (base !== 10) throw new TemplateError('int with a base other than 10 is not supported')
  if (value instanceof Undefined) throw new TemplateError(`${value.reason} is undefined`)
  const text = typeof value === 'string' ? strip(value, null, 'both') : undefined
  const number = text === undefined ? numberOf(value) : wholeText.test(text) ? Number(text.replaceAll('_', '')) : floatOfText(text)
  return number === undefined || !Number.isFinite(number) ? otherwise : result(Math.trunc(number), false)
}

function toFloat(value: Value, args: Args): Value {
  const [otherwise = new PythonFloat(0)] = bind('float', args, ['default'])
  if (value instanceof Undefined) throw new TemplateError(`${value.reason} is undefined`)
  const number = typeof value === 'string' ? floatOfText(value) : numberOf(value)
  return number === undefined ? otherwise : new PythonFloat(number)
}

function numeric(name: string, value: Value): number {
  const number = numberOf(value)
  if (number === undefined) throw new TemplateError(`${name}: bad operand type: '${typeName(value)}'`)
  return number
}

function absolute(value: Value, args: Args): Value {
  bind('abs', args, [])
  return result(Math.abs(numeric('abs', value)), value instanceof PythonFloat)
}

function rounded(value: Value, args: Args): Value {
  const [precision, method = 'common'] = bind('round', args, ['precision', 'method'])
  const [number, digits] = [numeric('round', value), integerArgument('round', precision, 0)]
  if (method === 'common') return result(roundHalfEven(number, digits), value instanceof PythonFloat)
  if (method !== 'ceil' && method !== 'floor') throw new TemplateError('method must be common, ceil or floor')
  return new PythonFloat((method === 'ceil' ? Math.ceil(number * 10 ** digits) : Math.floor(number * 10 ** digits)) / 10 ** digits)
}

/** Python's `round`: correct rounding of the float's exact value, ties to even. */
function roundHalfEven(number: number, digits: number): number {
  if (digits < 0) return roundHalfEven(number / 10 ** -digits, 0) * 10 ** -digits
  const [near, exact] = [number.toFixed(Math.min(digits, 80)), Math.abs(number).toFixed(Math.min(digits + 20, 100))]
  const rest = digits === 0 ? exact.split('.')[1] : exact.split('.')[1].slice(digits)
  if (!/^50*$/.test(rest)) return Number(near)
  const below = exact.slice(0, exact.length - rest.length).replace(/\.$/, '')
  const isEven = Number(below.at(-1)) % 2 === 0
  const size = isEven ? Number(below) : Number((Number(below) + 10 ** -digits).toFixed(digits))
  return Math.sign(number) * size
}

function otherwise(value: Value, args: Args): Value {
  const [fallback = '', boolean] = bind('default', args, ['default_value', 'boolean'])
  return value instanceof Undefined || (boolean !== undefined && isTrue(boolean) && !isTrue(value)) ? fallback : value
}
