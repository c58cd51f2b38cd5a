/** The mean of several runs' figures, and how much these scatter. */
export interface Spread {
  readonly mean: number
  /** Sample standard deviation; null: of a single value. */
  readonly deviation: number | null
  readonly n: number
}

/** Null: no values. */
export function spreadOf(values: readonly (number | null | undefined)[]): Spread | null {
  const known = values.filter((value) => value != null && Number.isFinite(value)) as number[]
  const n = known.length
  if (n === 0) return null
  const mean = known.reduce((sum, value) => sum + value, 0) / n
  const deviation = n === 1 ? null : Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1))
  return { mean, deviation, n }
}

/** "61.0% ± 4.2% (5)": the mean, the standard deviation, and the number of runs. */
export const spreadText = ({ mean, deviation, n }: Spread, format: (value: number) => string): string =>
  `${format(mean)}${deviation === null ? '' : ` ± ${format(deviation)}`} (${n})`
