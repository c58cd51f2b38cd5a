import { afterNumber } from './after-number.ts'
import { spelledPattern, spelledValue, topPattern, topValue } from './number-words.ts'

/** The paper's scale: additive, from 0 to 5 points. */
export const topScore = 5

/** A possible score at a position: its value, or null if ambiguous. */
interface StatedNumber {
  readonly value: number | null
  /** The position after the number with its unit and scale. */
  readonly end: number
  /** Whether it names its scale of five: `/5`, `out of five`. */
  readonly scaled: boolean
  /** Whether it is hypothetical (`5 would need an example`), and so not a score. */
  readonly supposed: boolean
}

/** Spaces, quotes, brackets, and words allowed between a label and its number. */
const opening =
  /(?:[\s"'([{⟦「【]|<(?=[^<>\n]{1,8}>))*(?:(?:is|it|an?|only|just|un|ein(?:e|er)?|una?|um|uma|solid|strong) ){0,3}[\s"'([{⟦「【]*/iy
const bullet = /\n ?[-•*] (?=\d)/y
/** `Score: about 4`, `Score: > 3`: not a number but a bound or a guess. */
const vague =
  /(?:[<>≤≥~≈±]|(?:about|around|approx(?:imately|\.)?|roughly|nearly|almost|at (?:least|most)|up to|(?:more|less) than|over|under|between|from|ca\.?|circa|environ|etwa|mindestens|höchstens|zwischen|entre|au moins|约|約|大约)(?![\p{L}])) ?[-\d]|[-–—] ?\d/iuy
/** Words that mean there is no score. */
const none =
  /(?:n\/a|none|nil|null|nan|unknown|undefined|undecided|not (?:applicable|available|given|sure|rated)|unable|cannot|can't|tbd|keine?|aucune?|无|なし)(?!\p{L})/iuy
/** `5点満点中4点`, `满分5分，得4分`: the scale precedes the number. */
const scaleBefore = /(?:满分|滿分|満点)?(\d{1,4})(?:点満点|分满分|分滿分|分制|점 ?만점)(?:中|で|的|中的|里|에서?|기준)?[、，,:;]? ?/y

const addend = String.raw`\d(?:[.,]\d{1,3})?(?: ?\([^()\n]{0,60}\)| ?points?(?: for [\p{L} ]{1,24})?)?`
/** A sum with its result: `1 + 1 (clarity) + 0.5 = 2.5`. */
const sum = new RegExp(`${addend}(?: ?[-+] ?${addend}){1,12} ?= ?(?=[⟦"'(]{0,2}\\d)`, 'uy')
const digits = /\d{1,3}(?:[.,]\d{1,20})?(?!\d)/y
const mixed =
  /[ -]?[½¼¾]|(?: and| &)? ?(?<= )(?:1\/2|1\/4|3\/4)(?![\d/])|[ -]and[ -]a[ -]half(?!\p{L})|(?: et demie?| y medi[oa]| e mezz[oa]| e mei[oa])(?!\p{L})|[分点점]?半/uy
const fractions: Readonly<Record<string, number>> = { '¼': 0.25, '1/4': 0.25, '¾': 0.75, '3/4': 0.75 }
const decimals = /[ -](?:point|comma|komma|coma|virgule|virgola|vírgula)[ -](zero|one|two|three|four|five|six|seven|eight|nine)(?!\p{L})/iuy
const decimalWords = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
const word = new RegExp(`(${spelledPattern})(?=$|[\\s.,;:!)\\]}"'⟧」】/(*-]|[分点半])`, 'iuy')
/** A spelled-out number counts only if unambiguous: `one of the best` is no score. */
const wordEnd =
  /(?: ?[.!;:)\]}"'⟧」】(*\n]|$|,(?! ?\p{L}{0,12} (?:and|or) )| ?(?:\/|out of|von|sur|de (?=\d|cinco|cinq)|su|-|–|—| because| since)| ?(?:points?|stars?|pts|punkten?|puntos?|punti|pontos?|分|点)(?![\p{L}]))/iuy
const stars = /([★⭐🌟]{1,9})([☆✩]{0,9})/uy

const closing = /["'”>)\]}⟧」】]*/y
const unit =
  / ?-?(?:points?|pts?\.?|stars?|marks?|punkten?|pkt\.?|puntos?|punt[io]|pontos?|étoiles?|estrellas?|stelle|sterne?n?|балл(?:а|ов)?|[★⭐🌟])(?!\p{L})|(?: ?)[分点點점](?![钟鐘満满滿制])/iuy
const glue =
  '(?:a |the |an |un |um )?(?:possible |total of |maximum of |maximum |max\\.? |maximal |insgesamt |möglichen |einem maximum von |total de |máximo de |maximum de |massimo di )?'
/** `/5`, `out of 5`, `von 5`, `sur 5`: the scale of the number. */
const scale = new RegExp(
  ` ?(?:\\/|\\(? ?(?:out )?of\\b|von\\b|sur\\b|de\\b|di\\b|su\\b|van\\b|av\\b|из) ?${glue}["]?(\\d{1,4}(?:[.,]\\d{1,3})?|${topPattern})(?![\\p{L}\\d/])`,
  'iuy',
)
const percent = / ?(?:%|‰|percent|per cent|prozent|pour cent|por ciento|per cento|por cento)/iuy

/**
 * Reads the score at `place`, after any opening marks; null if there is none. A number on a later line counts only if it is alone there or
 * names its scale (otherwise it is a list number).
 */
export function readStatedNumber(text: string, place: number): StatedNumber | null {
  const listed = skip(bullet, text, skip(/ ?/y, text, place))
  const start = skip(opening, text, listed)
  const unreadable = { value: null, end: start, scaled: false, supposed: false }
  const breaks = text.slice(place, start).includes('\n')
  if (match(vague, text, start) !== null || match(none, text, start) !== null) return breaks ? null : unreadable
  const before = match(scaleBefore, text, start)
  const from = start + (before?.[0].length ?? 0)
  const added = match(sum, text, from)
  const number = readNumber(text, skip(/[⟦"'(]*/y, text, from + (added?.[0].length ?? 0)))
  if (number === null) return before === null ? null : unreadable
  if (breaks && /^\d{1,2}[.)] ?[^\s\d]/.test(text.slice(start, start + 5))) return null
  const closed = skip(closing, text, number.end)
  const united = skip(closing, text, skip(unit, text, closed))
  const scaled = match(scale, text, united)
  const end = scaled === null ? united : skip(closing, text, skip(unit, text, skip(closing, text, united + scaled[0].length)))
  const rest = afterNumber(text, number.end, end, scaled !== null)
  if (breaks && scaled === null && !rest.terminated) return null
  const tops = [before?.[1], scaled?.[1]].filter((top) => top !== undefined).map(topValue)
  const isRead =
    number.value <= topScore &&
    tops.every((top) => top === topScore) &&
    match(percent, text, closed) === null &&
    match(percent, text, end) === null &&
    !rest.isOtherwise &&
    (added === null || addsUp(added[0], number.value))
  return { value: isRead ? number.value : null, end, scaled: tops.length > 0, supposed: rest.supposed }
}

function readNumber(text: string, from: number): { value: number; end: number } | null {
  const starred = match(stars, text, from)
  if (starred !== null) {
    const [all, full, empty] = starred
    const value = [...full].length
    return { value: empty !== '' && value + [...empty].length !== topScore ? Number.POSITIVE_INFINITY : value, end: from + all.length }
  }
  const named = match(word, text, from)
  if (named !== null) {
    const value = spelledValue(named[1])
    const end = from + named[0].length
    const decimal = match(decimals, text, end)
    if (decimal !== null) return { value: value + decimalWords.indexOf(decimal[1].toLowerCase()) / 10, end: end + decimal[0].length }
    const half = match(mixed, text, end)
    if (half !== null) return { value: value + fractionOf(half[0]), end: end + half[0].length }
    return match(wordEnd, text, end) === null ? null : { value, end }
  }
  const whole = match(digits, text, from)
  if (whole === null) return match(/\d/y, text, from) === null ? null : { value: Number.POSITIVE_INFINITY, end: from }
  const end = from + whole[0].length
  const half = /[.,]/.test(whole[0]) ? null : match(mixed, text, end)
  return { value: Number(whole[0].replace(',', '.')) + (half === null ? 0 : fractionOf(half[0])), end: end + (half?.[0].length ?? 0) }
}

const fractionOf = (text: string): number => fractions[Object.keys(fractions).find((part) => text.includes(part)) ?? ''] ?? 0.5

/** Whether a sum of plain numbers equals the stated total. With words in between, it can't be checked. */
function addsUp(sumText: string, total: number): boolean {
  const terms = [...sumText.replace(/\([^()]*\)/g, '').matchAll(/([-+]?) ?(\d(?:[.,]\d{1,3})?)/g)]
  const value = terms.reduce((all, [, sign, term]) => all + (sign === '-' ? -1 : 1) * Number(term.replace(',', '.')), 0)
  return Math.abs(value - total) < 1e-6
}

function match(pattern: RegExp, text: string, place: number): RegExpExecArray | null {
  pattern.lastIndex = place
  return pattern.exec(text)
}

const skip = (pattern: RegExp, text: string, place: number): number => place + (match(pattern, text, place)?.[0].length ?? 0)
