/** A number as a person writes it: small ones with an exponent. What is no number stays the text it is. */
export function textOfNumber(value: unknown): string {
  if (typeof value !== 'number') return value === null || value === undefined ? '' : String(value)
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : String(value)
}

/** The number a text says; null for an empty one; the text itself where it is none, for the check to complain of. */
export function numberOfText(text: string): number | string | null {
  const trimmed = text.trim().replace(/(?<=\d),(?=\d{3}(\D|$))/g, '')
  if (trimmed === '') return null
  const value = Number(trimmed)
  return Number.isFinite(value) ? value : text
}
