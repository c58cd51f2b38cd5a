import { TemplateError } from './template-error.ts'
import { type Args, typeName, type Value } from './values.ts'

/**
 * Values of a built-in's parameters, in order; undefined if missing. The first `least` are required. Throws TemplateError for unexpected
 * arguments.
 */
export function bind(name: string, { positional, named }: Args, parameters: readonly string[], least = 0): (Value | undefined)[] {
  if (positional.length > parameters.length) {
    throw new TemplateError(`${name}() takes at most ${parameters.length} arguments (${positional.length} given)`)
  }
  const values = parameters.map((parameter, i) => positional[i] ?? (i < positional.length ? positional[i] : named.get(parameter)))
  for (const given of named.keys()) {
    const place = parameters.indexOf(given)
    if (place === -1) throw new TemplateError(`${name}() got an unexpected keyword argument '${given}'`)
    if (place < positional.length) throw new TemplateError(`${name}() got multiple values for argument '${given}'`)
  }
  const absent = parameters.findIndex((_, i) => i < least && values[i] === undefined)
  if (absent !== -1) throw new TemplateError(`${name}() missing the argument '${parameters[absent]}'`)
  return values
}

export function textArgument(name: string, value: Value | undefined): string {
  if (typeof value === 'string') return value
  throw new TemplateError(`${name}() argument must be str, not ${value === undefined ? 'missing' : typeName(value)}`)
}

export function integerArgument(name: string, value: Value | undefined, otherwise: number): number {
  if (value === undefined) return otherwise
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value)
  throw new TemplateError(`${name}() argument must be int, not ${typeName(value)}`)
}
