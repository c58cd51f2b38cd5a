import { make, makeItems, TemplateError } from './budget.ts'
import { bind, integerArgument, textArgument } from './macro.ts'
import * as python from './python-text.ts'
import { formatBraces } from './string-format.ts'
import { type Args, characters, iterate, Tuple, textLength, typeName, type Value } from './values.ts'

type Method = (text: string, args: Args) => Value

const plain = (name: string, of: (text: string) => Value): [string, Method] => [
  name,
  (text, args) => {
    bind(name, args, [])
    return of(text)
  },
]

const stripper = (name: string, sides: 'both' | 'left' | 'right'): [string, Method] => [
  name,
  (text, args) => {
    const [set] = bind(name, args, ['chars'])
    return python.strip(text, set == null ? null : textArgument(name, set), sides)
  },
]

const splitter = (name: string, split: (text: string, separator: string | null, most: number) => string[]): [string, Method] => [
  name,
  (text, args) => {
    const [separator, most] = bind(name, args, ['sep', 'maxsplit'])
    makeItems(text.length / 2)
    return split(text, separator == null ? null : textArgument(name, separator), integerArgument(name, most, -1))
  },
]

/** A method that searches for a string within a slice of another, counted in characters. */
const finder = (name: string, of: (text: string, part: string, whole: string, start: number) => Value): [string, Method] => [
  name,
  (text, args) => {
    const [part, start, end] = bind(name, args, ['sub', 'start', 'end'], 1)
    const within = between(text, start, end)
    return of(within.text, textArgument(name, part), text, within.start)
  },
]

const edge = (name: string, has: (text: string, part: string) => boolean): [string, Method] => [
  name,
  (text, args) => {
    const [part, start, end] = bind(name, args, ['prefix', 'start', 'end'], 1)
    const parts = part instanceof Tuple ? part.items : [part!]
    const odd = parts.find((item) => typeof item !== 'string')
    if (odd !== undefined) throw new TemplateError(`${name} first arg must be str or a tuple of str, not ${typeName(odd)}`)
    const within = between(text, start, end).text
    return parts.some((item) => has(within, item as string))
  },
]

function between(text: string, start: Value | undefined, end: Value | undefined): { text: string; start: number } {
  if ((start ?? null) === null && (end ?? null) === null) return { text, start: 0 }
  const all = characters(text)
  const place = (value: Value | undefined, otherwise: number): number => {
    const given = integerArgument('index', value ?? otherwise, otherwise)
    return given < 0 ? Math.max(0, given + all.length) : Math.min(given, all.length)
  }
  const from = place(start, 0)
  return { text: all.slice(from, Math.max(from, place(end, all.length))).join(''), start: from }
}

const foundAt = (text: string, index: number, start: number): number => (index < 0 ? -1 : start + textLength(text.slice(0, index)))

const found = (name: string, place: number): number => {
  if (place < 0) throw new TemplateError(`${name}(): substring not found`)
  return place
}

const partition = (name: string, of: (text: string, part: string) => number): [string, Method] => [
  name,
  (text, args) => {
    const part = textArgument(name, bind(name, args, ['sep'], 1)[0])
    if (part === '') throw new TemplateError('empty separator')
    const at = of(text, part)
    if (at === -1) return new Tuple(name === 'partition' ? [text, '', ''] : ['', '', text])
    return new Tuple([text.slice(0, at), part, text.slice(at + part.length)])
  },
]

const justifier = (name: string, pad: (room: number, length: number) => number): [string, Method] => [
  name,
  (text, args) => {
    const [width, fill] = bind(name, args, ['width', 'fillchar'], 1)
    const [length, filled] = [textLength(text), fill === undefined ? ' ' : textArgument(name, fill)]
    const room = Math.max(0, integerArgument(name, width, 0) - length)
    make(room)
    const left = pad(room, length + room)
    return filled.repeat(left) + text + filled.repeat(room - left)
  },
]

export const stringMethods: ReadonlyMap<string, Method> = new Map([
  plain('upper', (text) => text.toUpperCase()),
  plain('lower', (text) => text.toLowerCase()),
  plain('casefold', (text) => text.toLowerCase().replaceAll('ß', 'ss')),
  plain('title', python.titled),
  plain('capitalize', python.capitalized),
  plain('swapcase', python.swapped),
  plain('isupper', python.isAllUpper),
  plain('islower', python.isAllLower),
  plain('isspace', (text) => text !== '' && python.strip(text, null, 'both') === ''),
  plain('isdigit', (text) => /^[\p{Nd}²³¹⁰⁴-⁹₀-₉]+$/u.test(text)),
  plain('isdecimal', (text) => /^\p{Nd}+$/u.test(text)),
  plain('isnumeric', (text) => /^\p{N}+$/u.test(text)),
  plain('isalpha', (text) => /^\p{L}+$/u.test(text)),
  plain('isalnum', (text) => /^[\p{L}\p{N}]+$/u.test(text)),
  plain('isascii', (text) => !/[\u0080-\uffff]/.test(text)),
  stripper('strip', 'both'),
  stripper('lstrip', 'left'),
  stripper('rstrip', 'right'),
  splitter('split', python.split),
  splitter('rsplit', python.splitFromRight),
  finder('find', (text, part, _, start) => foundAt(text, text.indexOf(part), start)),
  finder('rfind', (text, part, _, start) => foundAt(text, text.lastIndexOf(part), start)),
  finder('index', (text, part, _, start) => found('index', foundAt(text, text.indexOf(part), start))),
  finder('rindex', (text, part, _, start) => found('rindex', foundAt(text, text.lastIndexOf(part), start))),
  finder('count', python.countOf),
  edge('startswith', (text, part) => text.startsWith(part)),
  edge('endswith', (text, part) => text.endsWith(part)),
  partition('partition', (text, part) => text.indexOf(part)),
  partition('rpartition', (text, part) => text.lastIndexOf(part)),
  justifier('ljust', () => 0),
  justifier('rjust', (room) => room),
  justifier('center', (room, width) => Math.floor(room / 2) + (room & width & 1)),
  [
    'zfill',
    (text, args) => {
      const width = integerArgument('zfill', bind('zfill', args, ['width'], 1)[0], 0)
      make(Math.max(0, width))
      const sign = /^[-+]/.exec(text)?.[0] ?? ''
      return sign + text.slice(sign.length).padStart(width - sign.length, '0')
    },
  ],
  [
    'splitlines',
    (text, args) => {
      const [keepEnds] = bind('splitlines', args, ['keepends'])
      return python.splitLines(text, keepEnds === true)
    },
  ],
  [
    'replace',
    (text, args) => {
      const [old, by, count] = bind('replace', args, ['old', 'new', 'count'], 2)
      return replaced(text, textArgument('replace', old), textArgument('replace', by), integerArgument('replace', count, -1))
    },
  ],
  [
    'join',
    (text, args) => {
      const [given] = bind('join', args, ['iterable'], 1)
      const items = iterate(given!)
      const odd = items.findIndex((item) => typeof item !== 'string')
      if (odd >= 0) throw new TemplateError(`sequence item ${odd}: expected str instance, ${typeName(items[odd])} found`)
      make(text.length * items.length + (items as string[]).reduce((sum, item) => sum + item.length, 0))
      return items.join(text)
    },
  ],
  [
    'removeprefix',
    (text, args) => {
      const part = textArgument('removeprefix', bind('removeprefix', args, ['prefix'], 1)[0])
      return text.startsWith(part) ? text.slice(part.length) : text
    },
  ],
  [
    'removesuffix',
    (text, args) => {
      const part = textArgument('removesuffix', bind('removesuffix', args, ['suffix'], 1)[0])
      return part !== '' && text.endsWith(part) ? text.slice(0, -part.length) : text
    },
  ],
  ['format', (text, args) => formatBraces(text, args)],
])

/** Replace, after charging the budget for the result's size. */
export function replaced(text: string, old: string, by: string, most: number): string {
  make(text.length + python.countOf(text, old) * Math.max(0, by.length - old.length))
  return python.replaceText(text, old, by, most)
}
