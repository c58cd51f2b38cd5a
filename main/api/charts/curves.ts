import type { MetricColumn } from '../../store/metrics.ts'
import type { Curve } from '../contract/charts.ts'
import { placesBetween, placesToDraw } from './downsample.ts'
import { smoothed } from './smooth.ts'

/** What of a curve is wanted. */
export interface CurveWish {
  readonly from: number | null
  readonly to: number | null
  readonly points: number
  readonly smoothing: number
}

/** One metric of a training, thinned for drawing. Smoothing looks at all steps, also at those before the range. */
export function curveOf(model: string, metric: string, column: MetricColumn, { from, to, points, smoothing }: CurveWish): Curve {
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
  }
}

const numberOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null)
