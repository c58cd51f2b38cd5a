/** Numbers as people write them: 1,234.5, -3, .5. A digit inside a word (H2O) and a hyphen after a digit (3-5) don't start one. */
const numbers = /(?<![\p{L}\p{N}_])[-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<![\p{L}\p{N}_.])[-−]?\.\d+/gu

function numbersIn(text: string): number[] {
  return [...text.matchAll(numbers)].map(([found]) => Number(found.replaceAll(',', '').replace('−', '-')))
}

/** The last number of a text, or, with a marker, the first one after its last occurrence in any case; null: there is none. */
export function numberAfter(text: string, marker?: string): number | null {
  if (marker === undefined) return numbersIn(text).at(-1) ?? null
  const rest = textAfter(text, [marker])
  return rest === null ? null : (numbersIn(rest)[0] ?? null)
}

/** What follows the last occurrence of any of the markers, in any case; null: none occurs. */
function textAfter(text: string, markers: readonly string[]): string | null {
  const lower = text.toLowerCase()
  const ends = markers.flatMap((marker) => {
    const at = lower.lastIndexOf(marker.toLowerCase())
    return at < 0 ? [] : [at + marker.length]
  })
  return ends.length === 0 ? null : text.slice(Math.max(...ends))
}

/** An answer for comparison: one case, single spaces, without quotation marks, emphasis, and punctuation around it. */
export function plainAnswer(text: string): string {
  const spaced = text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ')
  return spaced.replace(/^[\s"'“”‘’*_`$\\(]+/u, '').replace(/[\s"'“”‘’*_`$\\).,;:!?]+$/u, '')
}

/** Where a response's final answer is. */
export interface AnswerSettings {
  readonly answer: 'auto' | 'marker' | 'number' | 'text'
  readonly markers: readonly string[]
}

/**
 * A response's final answer, so that the same answer in other words is the same text: a number in its shortest form, or a plain text. It is
 * what follows the last marker up to the end of its line (the first number there, if there is one), the last number, or the whole response;
 * with `auto`, the first of these that there is. Null: there is none.
 */
export function finalAnswer(response: string, { answer, markers }: AnswerSettings): string | null {
  const marked = answer === 'auto' || answer === 'marker' ? markedAnswer(response, markers) : null
  const number = answer === 'auto' || answer === 'number' ? numberAfter(response) : null
  const whole = answer === 'auto' || answer === 'text' ? plainAnswer(response) : ''
  return marked ?? number?.toString() ?? (whole === '' ? null : whole)
}

function markedAnswer(response: string, markers: readonly string[]): string | null {
  const [line] = (textAfter(response, markers) ?? '').trimStart().split('\n')
  return numbersIn(line)[0]?.toString() ?? (plainAnswer(line) || null)
}
