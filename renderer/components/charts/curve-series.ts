/** One line of a curve chart. */
export interface CurveSeries {
  readonly id: string
  readonly name: string
  readonly color: string
  /** Distinguishes lines without color. */
  readonly dash?: string
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
  readonly smoothed: readonly (number | null)[] | null
  /** Mean over the last quarter of the steps shown. */
  readonly ending: number | null
  /** Steps with fewer rows than the others. */
  readonly partial: readonly { readonly step: number; readonly rows: number }[]
}

/** The values of the main line: smoothed if available. */
export const lineOf = ({ values, smoothed }: CurveSeries): readonly (number | null)[] => smoothed ?? values

/** SVG path through the values, with gaps at missing ones. An isolated value becomes a short segment, so that it is visible. */
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
