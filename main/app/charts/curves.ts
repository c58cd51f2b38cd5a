import type { Curve } from '../../shared/contract/charts-contract.ts'
import type { MetricColumn } from '../../store/tables/metrics-table.ts'
import type { rowsOfSteps } from './batch-rows.ts'
import { placesBetween, placesToDraw } from './downsample.ts'
import { smoothed } from './smooth.ts'

type StepRows = ReturnType<typeof rowsOfSteps>

/** Range, point count, and smoothing of a curve. */
export interface CurveWish {
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
