import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Curve } from '../../shared/contract/charts-contract.ts'
import type { Store } from '../../store/store.ts'
import type { MetricColumn } from '../../store/tables/metrics-table.ts'
import type { TrainingRow } from '../../store/tables/trainings-table.ts'
import type { rowsOfSteps } from './row-tables.ts'

/** Steps read per turn of the event loop: about 50 ms with a dozen metrics. */
const stepsAtOnce = 8000

/** Cache size in values; twelve metrics of 100,000 steps are 1.2 million. */
const mostValues = 8_000_000

interface Known {
  readonly columns: Map<string, MetricColumn>
  readStep: number
}

const sizeOf = ({ columns }: Known): number => [...columns.values()].reduce((sum, { values }) => sum + values.length, 0)

/** Metrics as columns, cached in memory. Rows are append-only, so a live training costs only its new steps, and zooming costs no query. */
export function metricColumns(store: Store) {
  const known = new Map<string, Known>()
  const reading = new Map<string, Promise<Map<string, MetricColumn>>>()

  async function readOn(key: string, id: number): Promise<Map<string, MetricColumn>> {
    const entry = known.get(key) ?? { columns: new Map(), readStep: 0 }
    known.delete(key)
    known.set(key, entry) // most recently used goes last
    const last = store.metrics.lastStep(id)
    while (entry.readStep < last) {
      const upTo = Math.min(last, entry.readStep + stepsAtOnce)
      store.metrics.appendColumns(id, entry.readStep, upTo, entry.columns)
      entry.readStep = upTo
      if (upTo < last) await nextTurn()
    }
    forgetOldest()
    return entry.columns
  }

  function forgetOldest(): void {
    let values = [...known.values()].reduce((sum, entry) => sum + sizeOf(entry), 0)
    for (const [key, entry] of known) {
      if (values <= mostValues || known.size === 1) return
      known.delete(key)
      values -= sizeOf(entry)
    }
  }

  return {
    /** All metrics stored for a training so far. Treat as read-only. */
    async of({ id, startedAt }: TrainingRow): Promise<ReadonlyMap<string, MetricColumn>> {
      const key = `${id} ${startedAt}` // an id alone may be reused after its run is deleted
      const before = reading.get(key)
      if (before !== undefined) return before
      const work = readOn(key, id).finally(() => reading.delete(key))
      reading.set(key, work)
      return work
    },
  }
}
export type MetricColumns = ReturnType<typeof metricColumns>

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

/**
 * Exponential moving average with bias correction, as in TensorBoard. With weight w and values y:
 *
 *     last_i = w last_{i-1} + (1 - w) y_i,   smoothed_i = last_i / (1 - w^i)
 *
 * NaN stays NaN and doesn't enter the average. Constant values are returned unchanged: the division would only add rounding.
 */
export function smoothed(values: readonly number[], weight: number): number[] {
  if (weight === 0 || values.every((value) => value === values[0])) return [...values]
  let last = 0
  let debias = 0
  return values.map((value) => {
    if (!Number.isFinite(value)) return value
    last = last * weight + (1 - weight) * value
    debias = debias * weight + (1 - weight)
    return last / debias
  })
}

type StepRows = ReturnType<typeof rowsOfSteps>

/** Range, point count, and smoothing of a curve. */
interface CurveWish {
  readonly from: number | null
  readonly to: number | null
  readonly points: number
  readonly smoothing: number
}

/** One metric of a training, downsampled for drawing. Smoothing uses all steps, including those before the range. */
export function curveOf(
  model: string,
  metric: string,
  column: MetricColumn,
  { from, to, points, smoothing }: CurveWish,
  rows: StepRows = { full: 1, of: () => 1 },
): Curve {
  const [begin, end] = placesBetween(column, from, to)
  const places = placesToDraw(column.values, begin, end, points)
  const smooth = smoothing > 0 ? smoothed(column.values, smoothing) : null
  return {
    model,
    metric,
    steps: places.map((place) => column.steps[place]),
    values: places.map((place) => numberOrNull(column.values[place])),
    smoothed: smooth && places.map((place) => numberOrNull(smooth[place])),
    n: end - begin,
    ending: endingOf(column, begin, end, rows),
    partial: places.flatMap((place) => {
      const seen = rows.of(column.steps[place])
      return seen < rows.full ? [{ step: column.steps[place], rows: seen }] : []
    }),
  }
}

/** The mean over the last quarter of the steps shown, weighted by rows per step: a single step may consist of one row. */
function endingOf({ steps, values }: MetricColumn, begin: number, end: number, rows: StepRows): number | null {
  let [sum, weight] = [0, 0]
  for (let place = Math.min(end - 1, begin + Math.floor((end - begin) * 0.75)); place >= 0 && place < end; place++) {
    if (!Number.isFinite(values[place])) continue
    const seen = rows.of(steps[place])
    sum += seen * values[place]
    weight += seen
  }
  return weight === 0 ? null : sum / weight
}

const numberOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null)
