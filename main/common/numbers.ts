/** The arithmetic mean; NaN of an empty list. */
export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The arithmetic mean; null of an empty list. */
export const meanOrNull = (values: readonly number[]): number | null => (values.length === 0 ? null : mean(values))

/** The median; NaN of an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Numbers in texts of main: the terminal, warnings, model cards. A missing value is a hyphen. */

export const percentText = (share: number | null | undefined, digits = 1): string =>
  share == null ? '-' : `${(100 * share).toFixed(digits)}%`

export const numberText = (value: number | null, digits: number): string => (value === null ? '-' : value.toFixed(digits))

/** A byte count in a readable unit: 740 bytes, 12 kB, 340 MB, 2.1 GB. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} bytes`
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`
  if (bytes < 1e9) return `${Math.round(bytes / 1e6)} MB`
  return `${gigabytesText(bytes)} GB`
}

/** Gigabytes with one decimal, as text and as a number. */
export const gigabytesText = (bytes: number): string => (bytes / 1e9).toFixed(1)
export const gigabytes = (bytes: number): number => Math.round(bytes / 1e8) / 10
