import { make, nested, step, TemplateError } from './budget.ts'
import { Callable, isDict, Namespace, PythonFloat, Range, SafeText, Tuple, typeName, Undefined, type Value, View } from './values.ts'

/** Python's `str(value)`, which `{{ value }}` prints. */
export function written(value: Value): string {
  if (typeof value === 'string') return value
  if (value instanceof SafeText) return value.text
  if (value instanceof Undefined) return ''
  return represented(value)
}

/** Python's `repr(value)`. */
export function represented(value: Value): string {
  step()
  if (value === null) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return quoted(value)
  if (value instanceof PythonFloat) return floatText(value.value)
  if (value instanceof Undefined) return 'Undefined'
  if (value instanceof Range) return `range(${value.bounds.join(', ')})`
  if (Array.isArray(value)) return `[${listed(value)}]`
  if (value instanceof Tuple) return `(${listed(value.items)}${value.items.length === 1 ? ',' : ''})`
  if (isDict(value)) return nested(() => `{${[...value].map(([key, item]) => `${represented(key)}: ${represented(item)}`).join(', ')}}`)
  if (value instanceof View) return `dict_${value.kind}([${listed(value.items)}])`
  if (value instanceof Namespace) return `<Namespace ${represented(value.values)}>`
  if (value instanceof Callable && value.attributes.has('name')) return `<${value.name}>`
  throw new TemplateError(`it prints a ${typeName(value)}, whose text is a memory address`)
}

const listed = (items: readonly Value[]): string => nested(() => items.map(represented).join(', '))

/** Python's shortest representation of a float: always with a point or an exponent, and an exponent from 1e16 up and below 1e-4. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  if (value === 0) return '0.0'
  const [digits, exponentText] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent >= -4 && exponent < 16) {
    const plain = String(value)
    return plain.includes('.') ? plain : `${plain}.0`
  }
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** A string as Python quotes it: single quotes, unless the string contains single quotes only; non-printable characters are escaped. */
function quoted(text: string): string {
  make(text.length)
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const inside = text.replace(/[\\\n\r\t]|[\p{C}\p{Z}]|['"]/gu, (character) => {
    if (character === ' ') return character
    if (character === "'" || character === '"') return character === quote ? `\\${character}` : character
    return escapes[character] ?? escapedCode(character.codePointAt(0)!)
  })
  return quote + inside + quote
}

function escapedCode(code: number): string {
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
}
