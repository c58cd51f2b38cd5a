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
