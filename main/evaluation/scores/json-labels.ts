import { namedKind, wordsOf } from './label-words.ts'
import { scalesNamedBy } from './named-scale.ts'
import type { Labelled } from './score-labels.ts'
import { readStatedNumber } from './stated-number.ts'

const bounds = /^(?:max|maximum|out|scale|range|top)$/i

/** The labels from the keys of a judgement's last JSON object; null if it has none that can be parsed as a whole. */
export function jsonLabels(text: string): Labelled[] | null {
  const value = lastObject(text)
  return value === undefined ? null : [...labelsOf(value, [])]
}

function lastObject(text: string): unknown {
  const start = text.indexOf('{')
  const end = text.lastIndexOf('}')
  if (start === -1 || end < start) return undefined
  const array = text.lastIndexOf('[', start)
  const candidates = [
    text.slice(start, end + 1),
    array !== -1 && text.slice(array + 1, start).trim() === '' ? text.slice(array, text.lastIndexOf(']') + 1) : '',
  ]
  const last = lastBalanced(text, end)
  for (const candidate of [...candidates.reverse(), ...(last === null ? [] : [last])]) {
    const parsed = tryJson(candidate)
    if (parsed !== undefined) return parsed
  }
  return undefined
}

/** The object that ends at `end`, by counting braces backward. */
function lastBalanced(text: string, end: number): string | null {
  let depth = 0
  for (let place = end; place >= 0; place--) {
    if (text[place] === '}') depth++
    else if (text[place] === '{' && --depth === 0) return text.slice(place, end + 1)
  }
  return null
}

function tryJson(text: string): unknown {
  if (text === '') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** Maximum nesting depth of a judgement's object: no judge nests deeper, and a hostile one must not exhaust the stack. */
const deepest = 8

/** Every number in an object with its key and the keys above it as the label. */
function* labelsOf(value: unknown, above: readonly string[], depth = 0): Generator<Labelled> {
  if (depth > deepest) return
  if (Array.isArray(value)) {
    for (const item of value) yield* labelsOf(item, value.length > 1 ? [...above, ...nameOf(item)] : above, depth + 1)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, content] of Object.entries(value)) {
      const words = [...above, ...wordsOf(key)]
      if (typeof content === 'object' && content !== null) yield* labelsOf(content, words, depth + 1)
      else yield* leaf(words, content)
    }
  }
}

/** The subject of a list item: `{"criterion": "Relevance", "score": 1}`. */
function nameOf(item: unknown): string[] {
  if (typeof item !== 'object' || item === null) return ['part']
  const name = Object.entries(item).find(
    ([key, content]) => typeof content === 'string' && /criteri|name|aspect|dimension|category|metric|label/i.test(key),
  )?.[1]
  return typeof name === 'string' ? wordsOf(name) : ['part']
}

function* leaf(words: readonly string[], content: unknown): Generator<Labelled> {
  const isBound = words.some((word) => bounds.test(word))
  const named = namedKind(words)
  if (!isBound && named === null) return
  if (typeof content !== 'number' && typeof content !== 'string' && content !== null) return
  const written = String(content)
  const label = words.join(' ').toLowerCase()
  const base = { kind: 'bound' as const, isStrong: false, ...named, label, at: 0, end: 0 }
  if (isBound) {
    const tops = [...scalesNamedBy(written), ...(/^\d+(?:\.\d+)?$/.test(written) ? [Number(written)] : [])]
    yield { ...base, kind: 'bound', value: tops.at(-1) ?? 5, scaled: false }
    return
  }
  const number = readStatedNumber(written, 0)
  if (number === null && typeof content === 'string') return
  const isWhole = number !== null && /^[\s.)]*(?:\(.*|[-–—,;:.] .*)?$/s.test(written.slice(number.end))
  yield { ...base, value: isWhole ? number.value : null, scaled: number?.scaled ?? false }
}
