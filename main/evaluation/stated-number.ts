/** A number found in a text, and the place just after it. */
export interface StatedNumber {
  readonly value: number
  readonly end: number
}

const numberWords = ['zero', 'one', 'two', 'three', 'four', 'five']
const vulgarFractions: Readonly<Record<string, number>> = { '½': 0.5, '¼': 0.25, '¾': 0.75, '1/2': 0.5, '1/4': 0.25, '3/4': 0.75 }

/** What may stand between a label and its number: spaces, quotes, brackets, Markdown, LaTeX's box. */
const opening = /[\s*_`"'“”‘’<[({$]*(?:\\boxed\{|\\text\{)?[\s*_`]*/y
/** A sum that leads to its result: `1 + 1 + 1 = 3`. */
const sum = /(?:\d(?:\.\d{1,3})?[ \t]{0,2}\+[ \t]{0,2}){1,12}\d(?:\.\d{1,3})?[ \t]{0,2}=[ \t]{0,2}(?=\d)/y
const digits = /\d{1,3}(?:[.,]\d{1,20})?(?!\d)/y
const mixed = /[ \t]?[½¼¾]|[ \t]{1,2}(?:1\/2|1\/4|3\/4)(?!\d)/y
const word = new RegExp(`(?:${numberWords.join('|')})(?!\\p{L})`, 'iuy')
const closing = /[*_`"'”’>)\]}$]*/y
/** `/5`, `out of 5`, `of five`: the scale of the number. */
const scale =
  /(?:[ \t]points?)?[ \t]{0,2}(?:\/|out of|of)[ \t]{0,2}(?:a (?:possible|maximum of|total of)[ \t])?["*_]{0,2}(\d{1,4}(?:\.\d{1,3})?|five|ten)(?![\p{L}\d/])/iuy
/** What makes the digits something else than a score: a range, a share, an unfinished sum, an ordinal, a longer number. */
const otherwise =
  /[ \t]{0,2}(?:[-–—~][ \t]{0,2}\d|to[ \t]{1,3}\d|or[ \t]{1,3}\d|%|\+[ \t]{0,2}\d|\/[ \t]{0,2}\d)|[.,]\d|(?!pts?\b|points?\b)\p{L}/iuy

/**
 * Read the number stated at `place` of a text, after any opening marks. A number on a later line counts only if it is
 * alone there (else it numbers a list). Null where there is none, where it is not within 0 to `top`, or not on a scale of `top`.
 */
export function readStatedNumber(text: string, place: number, top: number): StatedNumber | null {
  const start = skip(opening, text, place)
  const from = skip(sum, text, start)
  const number = readNumber(text, from)
  if (number === null || number.value > top) return null
  const end = skip(closing, text, number.end)
  const scaled = match(scale, text, end)
  if (scaled !== null && scaleOf(scaled[1]) !== top) return null
  const after = scaled === null ? end : end + scaled[0].length
  if (match(otherwise, text, number.end) !== null && scaled === null) return null
  if (match(otherwise, text, after) !== null) return null
  if (text.slice(place, start).includes('\n') && !isLineEnd(text, after)) return null
  return { value: number.value, end: after }
}

function readNumber(text: string, from: number): StatedNumber | null {
  const spelled = match(word, text, from)
  if (spelled !== null) return { value: numberWords.indexOf(spelled[0].toLowerCase()), end: from + spelled[0].length }
  const whole = match(digits, text, from)
  if (whole === null) return null
  const end = from + whole[0].length
  const part = /[.,]/.test(whole[0]) ? null : match(mixed, text, end)
  const extra = part === null ? 0 : vulgarFractions[part[0].trim()]
  return { value: Number(whole[0].replace(',', '.')) + extra, end: end + (part?.[0].length ?? 0) }
}

function scaleOf(text: string): number {
  const named = { five: 5, ten: 10 }[text.toLowerCase()]
  return named ?? Number(text)
}

const isLineEnd = (text: string, place: number): boolean =>
  /^[ \t.*_]{0,4}(?:points?)?[ \t.*_]{0,4}(?:$|[\r\n])/i.test(text.slice(place, place + 20))

function match(pattern: RegExp, text: string, place: number): RegExpExecArray | null {
  pattern.lastIndex = place
  return pattern.exec(text)
}

const skip = (pattern: RegExp, text: string, place: number): number => place + (match(pattern, text, place)?.[0].length ?? 0)
