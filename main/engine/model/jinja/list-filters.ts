import { attributeAlong, attributeOf } from './attributes.ts'
import { charactersPerItem, make, makeItems, spendItems, TemplateError } from './budget.ts'
import { isEqual, isTrue, order } from './compare.ts'
import { bind, integerArgument } from './macro.ts'
import { operate } from './operators.ts'
import type { ValueFilter } from './text-filters.ts'
import { type Args, isDict, iterate, lengthOf, Once, sizeOf, Tuple, Undefined, type Value } from './values.ts'
import { written } from './written.ts'

/** Jinja2's filters of lists and dicts, by name; those that call other filters and tests are in `filters.ts`. */
export const listFilters: ReadonlyMap<string, ValueFilter> = new Map<string, ValueFilter>([
  ['length', length],
  ['count', length],
  ['list', list],
  ['first', first],
  ['last', last],
  ['reverse', reverse],
  ['join', join],
  ['items', items],
  ['dictsort', dictSort],
  ['sort', sort],
  ['unique', unique],
  ['min', (value, args) => extreme('min', value, args, -1)],
  ['max', (value, args) => extreme('max', value, args, 1)],
  ['sum', sum],
  ['attr', attr],
  ['batch', batch],
  ['groupby', groupBy],
])

function length(value: Value, args: Args): Value {
  bind('length', args, [])
  return lengthOf(value)
}

function list(value: Value, args: Args): Value {
  bind('list', args, [])
  makeItems(sizeOf(value) / (typeof value === 'string' ? 1 : charactersPerItem))
  return [...iterate(value)]
}

function first(value: Value, args: Args): Value {
  bind('first', args, [])
  if (value instanceof Once) return value.next() ?? new Undefined('No first item, sequence was empty; it')
  return iterate(value)[0] ?? undefinedOr(iterate(value), 'first')
}

/** None counts as an item. */
const undefinedOr = (items: readonly Value[], which: string): Value =>
  items.length > 0 ? null : new Undefined(`No ${which} item, sequence was empty; it`)

function last(value: Value, args: Args): Value {
  bind('last', args, [])
  if (value instanceof Once) throw new TemplateError("'generator' object is not reversible")
  return iterate(value).at(-1) ?? undefinedOr(iterate(value), 'last')
}

function reverse(value: Value, args: Args): Value {
  bind('reverse', args, [])
  if (typeof value === 'string') return iterate(value).toReversed().join('')
  return new Once([...iterate(value)].reverse())
}

function join(value: Value, args: Args): Value {
  const [separator = '', attribute = null] = bind('join', args, ['d', 'attribute'])
  const texts = iterate(value).map((item) => written(attribute === null ? item : attributeAlong(item, attribute)))
  const between = written(separator)
  make(between.length * texts.length + texts.reduce((total, text) => total + text.length, 0))
  return texts.join(between)
}

function pairsOf(name: string, value: Value): Tuple[] {
  if (value instanceof Undefined) return []
  if (!isDict(value)) throw new TemplateError(`${name}: can only get item pairs from a mapping`)
  return [...value].map((pair) => new Tuple(pair))
}

function items(value: Value, args: Args): Value {
  bind('items', args, [])
  return new Once(pairsOf('items', value))
}

/** Sort key of a value: lowercase for strings unless case-sensitive. */
const sortKey = (value: Value, isCaseSensitive: boolean): Value =>
  !isCaseSensitive && typeof value === 'string' ? value.toLowerCase() : value

const flag = (value: Value | undefined): boolean => value !== undefined && isTrue(value)

function sorted(values: readonly Value[], key: (value: Value) => Value, isReversed: boolean): Value[] {
  const keyed = values.map((value) => ({ value, key: key(value) }))
  return keyed.toSorted((a, b) => (isReversed ? order(b.key, a.key) : order(a.key, b.key))).map(({ value }) => value)
}

function dictSort(value: Value, args: Args): Value {
  const [caseSensitive, by = 'key', reversed] = bind('dictsort', args, ['case_sensitive', 'by', 'reverse'])
  if (by !== 'key' && by !== 'value') throw new TemplateError('You can only sort by either "key" or "value"')
  const place = by === 'key' ? 0 : 1
  return sorted(pairsOf('dictsort', value), (pair) => sortKey((pair as Tuple).items[place], flag(caseSensitive)), flag(reversed))
}

/** Key function by attributes (`a,b.c`), or by the value itself. */
function keyBy(attribute: Value, isCaseSensitive: boolean): (value: Value) => Value {
  if (attribute === null) return (value) => sortKey(value, isCaseSensitive)
  const paths = typeof attribute === 'string' ? attribute.split(',') : [attribute]
  const keys = (value: Value) => paths.map((path) => sortKey(attributeAlong(value, path), isCaseSensitive))
  return paths.length === 1 ? (value) => keys(value)[0] : keys
}

function sort(value: Value, args: Args): Value {
  const [reversed, caseSensitive, attribute = null] = bind('sort', args, ['reverse', 'case_sensitive', 'attribute'])
  return sorted(iterate(value), keyBy(attribute, flag(caseSensitive)), flag(reversed))
}

function unique(value: Value, args: Args): Value {
  const [caseSensitive, attribute = null] = bind('unique', args, ['case_sensitive', 'attribute'])
  const key = keyBy(attribute, flag(caseSensitive))
  const seen: Value[] = []
  const found = iterate(value).filter((item) => {
    spendItems(seen.length)
    const mine = key(item)
    const isNew = !seen.some((other) => isEqual(other, mine))
    if (isNew) seen.push(mine)
    return isNew
  })
  return new Once(found)
}

function extreme(name: string, value: Value, args: Args, sign: number): Value {
  const [caseSensitive, attribute = null] = bind(name, args, ['case_sensitive', 'attribute'])
  const key = keyBy(attribute, flag(caseSensitive))
  const all = iterate(value)
  if (all.length === 0) return new Undefined('No aggregated item, sequence was empty; it')
  return all.reduce((best, item) => (sign * order(key(item), key(best)) > 0 ? item : best))
}

function sum(value: Value, args: Args): Value {
  const [attribute = null, start = 0] = bind('sum', args, ['attribute', 'start'])
  return iterate(value).reduce<Value>(
    (total, item) => operate('+', total, attribute === null ? item : attributeAlong(item, attribute)),
    start,
  )
}

function attr(value: Value, args: Args): Value {
  const [name] = bind('attr', args, ['name'], 1)
  if (isDict(value)) return new Undefined(`'dict object' has no attribute '${written(name!)}'; it`)
  return attributeOf(value, written(name!))
}

function batch(value: Value, args: Args): Value {
  const [count, fill = null] = bind('batch', args, ['linecount', 'fill_with'], 1)
  const size = integerArgument('batch', count, 1)
  if (size < 1) throw new TemplateError('batch of less than one')
  const all = [...iterate(value)]
  const rows = Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
  const lastRow = rows.at(-1)
  while (fill !== null && lastRow !== undefined && lastRow.length < size) lastRow.push(fill)
  return new Once(rows)
}

function groupBy(value: Value, args: Args): Value {
  const [attribute, fallback, caseSensitive] = bind('groupby', args, ['attribute', 'default', 'case_sensitive'], 1)
  const groups: { key: Value; shown: Value; items: Value[] }[] = []
  const keyed = iterate(value).map((item) => {
    const found = attributeAlong(item, attribute!)
    const shown = found instanceof Undefined && fallback !== undefined ? fallback : found
    return { item, shown, key: sortKey(shown, flag(caseSensitive)) }
  })
  for (const { item, shown, key } of keyed.toSorted((a, b) => order(a.key, b.key))) {
    const group = groups.at(-1)
    if (group !== undefined && isEqual(group.key, key)) group.items.push(item)
    else groups.push({ key, shown, items: [item] })
  }
  return groups.map(({ shown, items: members }) => new Tuple([shown, members]))
}
