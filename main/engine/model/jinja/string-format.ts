import { make, TemplateError } from './budget.ts'
import { numberOf } from './compare.ts'
import { type Args, isDict, Tuple, typeName, Undefined, type Value } from './values.ts'
import { represented, written } from './written.ts'

const directive = /%(?:\((?<key>[^)]{0,200})\))?(?<flags>[-0+ ]*)(?<width>\d*)(?:\.(?<precision>\d+))?(?<kind>[\s\S]?)/g

/** Python's `text % values`, with the conversions that templates use. Throws TemplateError for others. */
export function formatPercent(text: string, values: Value): string {
  const given = values instanceof Tuple ? values.items : [values]
  let used = 0
  const formatted = text.replace(directive, (whole, ...found) => {
    const { key, flags, width, precision, kind } = found.at(-1) as Record<string, string | undefined>
    if (kind === '%') return '%'
    const value = key === undefined ? given[used++] : isDict(values) ? (values.get(key) ?? missing(key)) : missing(key)
    if (value === undefined) throw new TemplateError('not enough arguments for format string')
    make(Number(width) + Number(precision ?? 0))
    return padded(converted(kind ?? '', value, precision, whole), flags ?? '', Number(width))
  })
  if (!isDict(values) && used < given.length) throw new TemplateError('not all arguments converted during string formatting')
  return formatted
}

const missing = (key: string): never => {
  throw new TemplateError(`format requires the key '${key}'`)
}

function converted(kind: string, value: Value, precision: string | undefined, whole: string): string {
  if (kind === 's' || kind === 'r') {
    const text = kind === 's' ? written(value) : represented(value)
    return precision === undefined ? text : text.slice(0, Number(precision))
  }
  const number = numberOf(value)
  if (kind !== 'd' && kind !== 'i' && kind !== 'f') throw new TemplateError(`the format ${JSON.stringify(whole)} is not supported`)
  if (value instanceof Undefined || number === undefined)
    throw new TemplateError(`%${kind} format: a real number is required, not ${typeName(value)}`)
  return kind === 'f' ? number.toFixed(Number(precision ?? 6)) : String(Math.trunc(number))
}

function padded(text: string, flags: string, width: number): string {
  const isNumber = /^-?\d/.test(text)
  const signed = isNumber && !text.startsWith('-') ? (flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text) : text
  if (flags.includes('-')) return signed.padEnd(width)
  if (!flags.includes('0') || !isNumber) return signed.padStart(width)
  const sign = /^[-+ ]/.exec(signed)?.[0] ?? ''
  return sign + signed.slice(sign.length).padStart(width - sign.length, '0')
}

/** Python's `str.format(...)` with plain fields (`{}`, `{0}`, `{name}`, `{name!r}`). Throws TemplateError for format specifications. */
export function formatBraces(text: string, { positional, named }: Args): string {
  let next = 0
  const formatted = text.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (whole, field: string | undefined) => {
    if (whole === '{{' || whole === '}}') return whole[0]
    const parts = /^(?<name>\w*)(?:!(?<conversion>[rs]))?$/.exec(field ?? ':')?.groups
    if (parts === undefined) throw new TemplateError(`the format ${JSON.stringify(whole)} is not supported`)
    const { name, conversion } = parts
    const value: Value | undefined = name === '' ? positional[next++] : /^\d+$/.test(name) ? positional[Number(name)] : named.get(name)
    if (value === undefined) throw new TemplateError(`format() has no value for ${JSON.stringify(whole)}`)
    return conversion === 'r' ? represented(value) : written(value)
  })
  make(formatted.length)
  return formatted
}
