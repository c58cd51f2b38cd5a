/** One line of a curve chart. */
export interface CurveSeries {
  readonly id: string
  readonly name: string
  readonly color: string
  /** For telling lines apart without colour. */
  readonly dash?: string
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
  readonly smoothed: readonly (number | null)[] | null
  /** The mean over the last quarter of the steps shown. */
  readonly ending: number | null
  /** Steps that saw fewer rows than the others. */
  readonly partial: readonly { readonly step: number; readonly rows: number }[]
}

/** What is drawn as the line proper: smoothed values where there are some. */
export const lineOf = ({ values, smoothed }: CurveSeries): readonly (number | null)[] => smoothed ?? values

/** A line through values, broken where one is missing. A value that stands alone is a dot's width long, so that it can be seen. */
export function pathOf(
  steps: readonly number[],
  values: readonly (number | null)[],
  x: (step: number) => number,
  y: (value: number) => number | null,
): string {
  let path = ''
  let isOpen = false
  for (const [place, step] of steps.entries()) {
    const value = values[place]
    const at = value === null ? null : y(value)
    if (at === null) {
      isOpen = false
      continue
    }
    const point = `${x(step).toFixed(1)},${at.toFixed(1)}`
    const endsHere = (values[place + 1] ?? null) === null
    path += isOpen ? `L${point}` : `M${point}${endsHere ? 'h0.1' : ''}`
    isOpen = true
  }
  return path
}
