import { topPattern, topValue } from './number-words.ts'

const to = '(?: ?(?:-|–|—|~|to|bis|à|a|and|und|et|through) ?'
const top = `(\\d{1,4}|(?:${topPattern})(?!\\p{L}))`

/** Scale wordings that are unambiguous anywhere in a sentence. */
const certain = [
  `(?:scale|range|skala|échelle|escala|scala|barème)(?:(?!\\d)[^.!?\\n]){0,14}?${top}${to}${top})?`,
  `(\\d{1,3})[- ]?(?:points?|stars?|stufige?n?)[- ](?:scale|rating|system|skala)`,
  `(\\d{1,4}) ?(?:=|being|is|as) ?(?:the )?(?:best|max\\p{L}*|highest|perfect|excellent|top)(?!\\p{L})`,
  `max(?:imum|imal|\\.)?(?: score| points?| of| is)? ?[:=]? ?${top}`,
  `[满滿]分 ?(?:为|為|是)? ?[:=]? ?(\\d{1,4})`,
  `(\\d{1,4}) ?(?:点満点|分满分|分滿分|分制|점 ?만점)`,
  `满点 ?(\\d{1,4})`,
]

/** Scale wordings that are valid in brackets, in a label, or next to the score. */
const near = [
  ...certain,
  `(?:out of|von|sur|^of|^/) ?(?:a |the )?(?:total of |possible |maximum of )?${top}`,
  `^ ?(?:from |between |von )?${top}${to}${top}) ?(?:points?)?$`,
]

const compiled = (sources: readonly string[]): readonly RegExp[] => sources.map((source) => new RegExp(source, 'giu'))
const certainly = compiled(certain)
const nearby = compiled(near)

const hint = /scale|range|skala|échelle|escala|scala|barème|point|star|stuf|best|highest|perfect|excellent|top|max|[分点점]/i

/** The tops of the scales named anywhere in a short text: `on a scale of 1 to 10`. */
export const scalesIn = (text: string): readonly number[] => (hint.test(text) ? topsOf(certainly, text) : [])

/** The tops of the scales named by a label or by the text in brackets: `out of 10`, `0-5`, `%`. */
export const scalesNamedBy = (text: string): readonly number[] =>
  text === '' ? [] : [...topsOf(nearby, text), ...(/%|percent|prozent/i.test(text) ? [100] : [])]

const topsOf = (patterns: readonly RegExp[], text: string): readonly number[] =>
  patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((found) => topValue(found.slice(1).findLast((group) => group !== undefined) as string)),
  )
