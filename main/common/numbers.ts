/** The mean of values that come one by one. */
export interface RunningMean {
  add(value: number): void
  /** NaN: there are none. */
  value(): number
  /** Null: there are none. */
  valueOrNull(): number | null
}

export function runningMean(): RunningMean {
  let [sum, count] = [0, 0]
  return {
    add(value) {
      sum += value
      count++
    },
    value: () => sum / count,
    valueOrNull: () => (count === 0 ? null : sum / count),
  }
}

function meanOf(values: Iterable<number>): RunningMean {
  const running = runningMean()
  for (const value of values) running.add(value)
  return running
}

/** The arithmetic mean; NaN of an empty list. */
export const mean = (values: Iterable<number>): number => meanOf(values).value()

/** The arithmetic mean; null of an empty list. */
export const meanOrNull = (values: Iterable<number>): number | null => meanOf(values).valueOrNull()

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
