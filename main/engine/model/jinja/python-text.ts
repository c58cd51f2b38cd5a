import { spendItems, TemplateError } from './budget.ts'
import { characters, textLength } from './values.ts'

/**
 * White space as defined by Python's `str.strip` and `\\s`, for a regular expression's character class. JavaScript's own definitions
 * differ.
 */
export const pythonSpace = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'

/** Line ends of Python's `str.splitlines`. */
export const lineBreaks = '\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029'

const space = new RegExp(`[${pythonSpace}]`)

/** Strip trailing spaces in linear time (a regular expression with `$` would try every run of spaces). */
export function withoutEnd(text: string): string {
  let end = text.length
  while (end > 0 && space.test(text[end - 1])) end--
  return text.slice(0, end)
}

const simple: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', a: '\x07', '\n': '' },
  ...{ "'": "'", '"': '"', '\\': '\\' },
}
const widths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

/** Unescape a string literal. As in Python, a backslash before any other character stays. */
export function unescapeString(literal: string): string {
  return literal.replaceAll(/\\([0-7]{1,3}|x[\da-fA-F]{0,2}|u[\da-fA-F]{0,4}|U[\da-fA-F]{0,8}|[\s\S])/g, (whole, code: string) => {
    const kind = code[0]
    if (kind in simple && code.length === 1) return simple[kind]
    if (/^[0-7]/.test(code)) return String.fromCodePoint(Number.parseInt(code, 8))
    if (kind in widths) return fromHex(code, widths[kind])
    if (kind === 'N') throw new TemplateError('\\N{...} in a string is not supported')
    return whole
  })
}

function fromHex(code: string, width: number): string {
  const point = Number.parseInt(code.slice(1), 16)
  if (code.length !== width + 1 || !(point <= 0x10ffff)) throw new TemplateError(`the escape \\${code} in a string is truncated`)
  return String.fromCodePoint(point)
}

const leading = new RegExp(`^[${pythonSpace}]+`)
const word = new RegExp(`[^${pythonSpace}]+`, 'g')
const lineEnd = new RegExp(`\\r\\n|[${lineBreaks}]`, 'g')

/** Python's `str.strip`: strips white space, or any of the given characters. */
export function strip(text: string, set: string | null, sides: 'both' | 'left' | 'right'): string {
  if (set === null) {
    const left = sides === 'right' ? text : text.replace(leading, '')
    return sides === 'left' ? left : withoutEnd(left)
  }
  const taken = new Set(set)
  const all = characters(text)
  let [from, to] = [0, all.length]
  if (sides !== 'right') while (from < to && taken.has(all[from])) from++
  if (sides !== 'left') while (to > from && taken.has(all[to - 1])) to--
  return all.slice(from, to).join('')
}

/** Python's `str.split`. `separator` null: split at runs of white space. `most` below 0: no limit. */
export function split(text: string, separator: string | null, most: number): string[] {
  if (separator === null) return splitAtSpaces(text, most)
  if (separator === '') throw new TemplateError('empty separator')
  const parts = text.split(separator)
  return most < 0 || parts.length <= most + 1 ? parts : [...parts.slice(0, most), parts.slice(most).join(separator)]
}

function splitAtSpaces(text: string, most: number): string[] {
  const parts: string[] = []
  for (const { 0: found, index } of text.matchAll(word)) {
    if (most >= 0 && parts.length === most) return [...parts, text.slice(index)]
    parts.push(found)
  }
  return parts
}

/** Python's `str.rsplit`: with a limit, splits from the right. */
export function splitFromRight(text: string, separator: string | null, most: number): string[] {
  if (most < 0) return split(text, separator, most)
  if (separator === null) {
    const words = [...text.matchAll(word)]
    if (words.length <= most) return words.map(([found]) => found)
    const first = words.length - most
    const head = text.slice(0, words[first - 1].index + words[first - 1][0].length)
    return [head, ...words.slice(first).map(([found]) => found)]
  }
  const parts = split(text, separator, -1)
  const first = parts.length - most
  return first <= 1 ? parts : [parts.slice(0, first).join(separator), ...parts.slice(first)]
}

export function splitLines(text: string, keepEnds: boolean): string[] {
  const lines: string[] = []
  let start = 0
  for (const { 0: end, index } of text.matchAll(lineEnd)) {
    lines.push(text.slice(start, index + (keepEnds ? end.length : 0)))
    start = index + end.length
  }
  return start < text.length ? [...lines, text.slice(start)] : lines
}

/** Python's `str.replace`, at most `most` times (below 0: no limit). */
export function replaceText(text: string, old: string, by: string, most: number): string {
  if (most < 0 && old !== '') return text.replaceAll(old, () => by)
  const parts = old === '' ? ['', ...characters(text), ''] : text.split(old)
  const count = most < 0 ? parts.length - 1 : Math.min(most, parts.length - 1)
  const rest = parts.slice(count)
  return [...parts.slice(0, count), rest.join(old)].join(by)
}

/** Number of non-overlapping occurrences of `part`. */
export function countOf(text: string, part: string): number {
  if (part === '') return textLength(text) + 1
  let count = 0
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count++
  spendItems(count)
  return count
}

const cased = /[\p{Lu}\p{Lt}\p{Ll}]/u

/** Python's `str.title`: uppercases the first letter after every non-letter and lowercases the others. */
export function titled(text: string): string {
  let isInWord = false
  return characters(text)
    .map((character) => {
      const changed = isInWord ? character.toLowerCase() : upperFirst(character)
      isInWord = cased.test(character)
      return changed
    })
    .join('')
}

const titleCases: Readonly<Record<string, string>> = {
  ß: 'Ss',
  ﬀ: 'Ff',
  ﬁ: 'Fi',
  ﬂ: 'Fl',
  ﬃ: 'Ffi',
  ﬄ: 'Ffl',
  ﬅ: 'St',
  ﬆ: 'St',
  ǆ: 'ǅ',
  ǉ: 'ǈ',
  ǌ: 'ǋ',
}
const upperFirst = (character: string): string => titleCases[character] ?? character.toUpperCase()

export function capitalized(text: string): string {
  const [first = '', ...rest] = characters(text)
  return upperFirst(first) + rest.join('').toLowerCase()
}

export const swapped = (text: string): string =>
  characters(text)
    .map((character) => (/\p{Lu}/u.test(character) ? character.toLowerCase() : character.toUpperCase()))
    .join('')

/** Python's `isupper` and `islower`: has letters of this case and none of the other. */
export const isAllUpper = (text: string): boolean => /\p{Lu}/u.test(text) && !/[\p{Ll}\p{Lt}]/u.test(text)
export const isAllLower = (text: string): boolean => /\p{Ll}/u.test(text) && !/[\p{Lu}\p{Lt}]/u.test(text)
