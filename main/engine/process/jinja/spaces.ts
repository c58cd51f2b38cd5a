/** Spaces as Python's `str.strip` and `\\s` know them, for a class of a regular expression: JavaScript's own lists differ. */
export const pythonSpace = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'

/** Where Python's `str.splitlines` ends a line. */
export const lineBreaks = '\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029'

const space = new RegExp(`[${pythonSpace}]`)

/** A text without the spaces at its end, in linear time (an expression with `$` tries every run of spaces). */
export function withoutEnd(text: string): string {
  let end = text.length
  while (end > 0 && space.test(text[end - 1])) end--
  return text.slice(0, end)
}
