import type { MetricColumn } from '../../store/tables/metrics-table.ts'

/** Index range [begin, end) of the steps in [from, to]. */
export function placesBetween({ steps }: MetricColumn, from: number | null, to: number | null): [begin: number, end: number] {
  return [from === null ? 0 : firstFrom(steps, from), to === null ? steps.length : firstFrom(steps, to + 1)]
}

/** Index of the first step that is at least `step`. */
function firstFrom(steps: readonly number[], step: number): number {
  let low = 0
  let high = steps.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (steps[middle] < step) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Indices of the values at [begin, end) to draw, at most `most`. If there are more, splits the range into equal stretches and keeps the
 * minimum, the maximum, and one NaN (if any) of each, so that no spike and no gap is lost. Always keeps the first and the last value.
 */
export function placesToDraw(values: readonly number[], begin: number, end: number, most: number): number[] {
  const n = end - begin
  if (n <= most) return Array.from({ length: Math.max(0, n) }, (_, i) => begin + i)
  const stretches = Math.max(1, Math.floor((most - 2) / 3))
  const places = [begin]
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = begin + 1 + Math.floor((stretch * (n - 2)) / stretches)
    const to = begin + 1 + Math.floor(((stretch + 1) * (n - 2)) / stretches)
    places.push(...extremesOf(values, from, to))
  }
  places.push(end - 1)
  return places
}

/** Indices of the minimum, the maximum, and the first NaN, in order. */
function extremesOf(values: readonly number[], from: number, to: number): number[] {
  let smallest = -1
  let largest = -1
  let missing = -1
  for (let place = from; place < to; place++) {
    const value = values[place]
    if (!Number.isFinite(value)) {
      if (missing === -1) missing = place
      continue
    }
    if (smallest === -1 || value < values[smallest]) smallest = place
    if (largest === -1 || value > values[largest]) largest = place
  }
  return [...new Set([smallest, largest, missing])].filter((place) => place !== -1).sort((a, b) => a - b)
}
