/** A number as text, with an exponent if small. Anything else is converted to a string. */
export function textOfNumber(value: unknown): string {
  if (typeof value !== 'number') return value === null || value === undefined ? '' : String(value)
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : String(value)
}

/** The number in a text; null if empty; the text itself if invalid, so that the check reports it. */
export function numberOfText(text: string): number | string | null {
  const trimmed = text.trim().replace(/(?<=\d),(?=\d{3}(\D|$))/g, '')
  if (trimmed === '') return null
  const value = Number(trimmed)
  return Number.isFinite(value) ? value : text
}
