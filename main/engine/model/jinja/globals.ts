import { makeItems, TemplateError } from './budget.ts'
import { cycler, joiner } from './for-loop.ts'
import { integerArgument } from './macro.ts'
import { strftime } from './strftime.ts'
import { type Args, Callable, isDict, iterate, type Key, keyOf, Namespace, Range, type Value } from './values.ts'
import { written } from './written.ts'

const longestRange = 100_000

/** Global names: those of Jinja2's sandbox, and transformers' additions. */
export const globals: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['range', new Callable('range', range)],
  ['dict', new Callable('dict', (args) => entriesOf('dict', args))],
  ['namespace', new Callable('namespace', namespace)],
  ['cycler', cycler],
  ['joiner', joiner],
  ['raise_exception', new Callable('raise_exception', refuse)],
  ['strftime_now', new Callable('strftime_now', ({ positional }) => strftime(written(positional[0] ?? '')))],
])

function refuse({ positional, named }: Args): never {
  throw new TemplateError(written(positional[0] ?? named.get('message') ?? ''))
}

/** Python's `range`, limited so that no template can exhaust memory. */
function range({ positional }: Args): Value {
  const numbers = positional.map((value) => integerArgument('range', value, 0))
  if (numbers.length < 1 || numbers.length > 3) throw new TemplateError(`range expected 1 to 3 arguments, got ${numbers.length}`)
  const [from, to] = numbers.length === 1 ? [0, numbers[0]] : numbers
  const step = numbers[2] ?? 1
  if (step === 0) throw new TemplateError('range() arg 3 must not be zero')
  const length = Math.max(0, Math.ceil((to - from) / step))
  if (!(length <= longestRange)) throw new TemplateError(`range of ${length} is too long`)
  makeItems(length)
  const items = Array.from({ length }, (_, i) => from + i * step)
  return new Range(items, step === 1 ? [from, to] : [from, to, step])
}

function entriesOf(name: string, { positional, named }: Args): Map<Key, Value> {
  if (positional.length > 1) throw new TemplateError(`${name} expected at most 1 argument, got ${positional.length}`)
  const entries = new Map<Key, Value>()
  const [source] = positional
  const pairs = source === undefined ? [] : isDict(source) ? [...source] : iterate(source).map((pair) => iterate(pair))
  for (const pair of pairs) {
    if (pair.length !== 2) throw new TemplateError(`${name}: a pair has ${pair.length} items`)
    entries.set(keyOf(pair[0]), pair[1])
  }
  for (const [key, value] of named) entries.set(key, value)
  return entries
}

function namespace(args: Args): Value {
  const made = new Namespace()
  for (const [name, value] of entriesOf('namespace', args)) made.set(String(name), value)
  return made
}
