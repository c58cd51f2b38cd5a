import { attributeAlong } from './attributes.ts'
import { spend, TemplateError } from './budget.ts'
import { isTrue } from './compare.ts'
import { listFilters } from './list-filters.ts'
import { bind } from './macro.ts'
import { applyTest } from './tests.ts'
import { textFilters } from './text-filters.ts'
import { type Args, iterate, Once, SafeText, sizeOf, Undefined, type Value } from './values.ts'
import { written } from './written.ts'

/** Apply a filter by name. Throws TemplateError if the filter is unknown or rejects the value. */
export function applyFilter(name: string, value: Value, args: Args): Value {
  spend(sizeOf(value))
  switch (name) {
    case 'map':
      return map(value, args)
    case 'select':
    case 'reject':
      return chosen(value, args.positional, args, (item) => item, name === 'select')
    case 'selectattr':
    case 'rejectattr': {
      const [attribute, ...rest] = args.positional
      if (attribute === undefined) throw new TemplateError('Missing parameter for attribute name')
      return chosen(value, rest, args, (item) => attributeAlong(item, attribute), name === 'selectattr')
    }
    default: {
      const filter = textFilters.get(name) ?? listFilters.get(name)
      if (filter === undefined) throw new TemplateError(`it uses the unknown filter '${name}'`)
      if (!(value instanceof SafeText) || ofSafeText.has(name)) return filter(value, args)
      throw new TemplateError(`it uses the filter '${name}' on a string marked as safe`)
    }
  }
}

/** Filters that treat a string marked as safe like any other; the rest are rejected. */
const ofSafeText: ReadonlySet<string> = new Set(['safe', 'tojson', 'length', 'count', 'default', 'd', 'wordcount', 'int', 'float'])

function map(value: Value, args: Args): Value {
  const items = iterate(value)
  if (args.positional.length === 0) {
    const [attribute, fallback] = bind('map', args, ['attribute', 'default'], 1)
    return new Once(items.map((item) => orDefault(attributeAlong(item, attribute!), fallback)))
  }
  const [filter, ...positional] = args.positional
  return new Once(items.map((item) => applyFilter(written(filter), item, { positional, named: args.named })))
}

const orDefault = (value: Value, fallback: Value | undefined): Value =>
  value instanceof Undefined && fallback !== undefined ? fallback : value

/** Items that pass a test (the first of `rest`, or truthiness), or that fail it. */
function chosen(value: Value, rest: readonly Value[], { named }: Args, of: (item: Value) => Value, isWanted: boolean): Value {
  const [test, ...positional] = rest
  const holds = (item: Value): boolean =>
    test === undefined ? isTrue(of(item)) : applyTest(written(test), of(item), { positional, named })
  return new Once(isTrue(value) ? iterate(value).filter((item) => holds(item) === isWanted) : [])
}
