import { TemplateError } from './budget.ts'
import type { MacroBody } from './nodes.ts'
import type { Scope } from './scope.ts'
import { type Args, Callable, Tuple, typeName, Undefined, type Value } from './values.ts'

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

/** Bind a macro's parameters. `evaluate` computes a default in the macro's scope. */
export function bindMacro(macro: MacroBody, args: Args, scope: Scope, evaluate: (i: number) => Value): void {
  const { name, parameters, collects } = macro
  const named = new Map(args.named)
  const caller = named.get('caller')
  named.delete('caller')
  const pending: number[] = []
  for (const [i, parameter] of parameters.entries()) {
    const isPlaced = i < args.positional.length
    if (isPlaced && named.has(parameter.name))
      throw new TemplateError(`macro '${name}' got multiple values for argument '${parameter.name}'`)
    const value = isPlaced ? args.positional[i] : named.get(parameter.name)
    named.delete(parameter.name)
    if (value === undefined && parameter.defaultValue !== null) pending.push(i)
    scope.set(parameter.name, value ?? new Undefined(`parameter '${parameter.name}' was not provided; it`))
  }
  if (collects.has('caller') && !parameters.some((parameter) => parameter.name === 'caller')) {
    scope.set('caller', caller ?? new Undefined('No caller defined; it'))
  } else if (caller !== undefined) throw new TemplateError(`macro '${name}' was invoked with two values for the special caller argument.`)
  collectRest(macro, args.positional, named, scope)
  for (const i of pending) scope.set(parameters[i].name, evaluate(i))
}

function collectRest(
  { name, parameters, collects }: MacroBody,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
  scope: Scope,
) {
  if (collects.has('varargs')) scope.set('varargs', new Tuple(positional.slice(parameters.length)))
  else if (positional.length > parameters.length) {
    throw new TemplateError(`macro '${name}' takes not more than ${parameters.length} argument(s)`)
  }
  const [unknown] = named.keys()
  if (collects.has('kwargs')) scope.set('kwargs', new Map(named))
  else if (unknown !== undefined) throw new TemplateError(`macro '${name}' takes no keyword argument '${unknown}'`)
}

/** Attributes of a macro that a template may read. */
export function macroAttributes({ name, parameters, collects }: MacroBody): Map<string, Value> {
  return new Map<string, Value>([
    ['name', name],
    ['arguments', new Tuple(parameters.map((parameter) => parameter.name))],
    ['catch_kwargs', collects.has('kwargs')],
    ['catch_varargs', collects.has('varargs')],
    ['caller', collects.has('caller')],
  ])
}

/** Check that a value is callable. Throws TemplateError otherwise. */
export function asCallable(value: Value, described: string): Callable {
  if (value instanceof Callable) return value
  if (value instanceof Undefined) throw new TemplateError(`${value.reason} is undefined`)
  throw new TemplateError(`${described} object is not callable`)
}
