import { usePlotArea, useXAxisScale, useYAxisScale } from 'recharts'
import { type CurveSeries, lineOf, pathOf } from './curve-series.ts'
import { nearestPlace, useHoveredStep } from './hover.ts'

/** The chart's scales; undefined before the first layout. */
function useScales(isLog: boolean) {
  const xScale = useXAxisScale()
  const yScale = useYAxisScale()
  const area = usePlotArea()
  if (!xScale || !yScale || !area) return undefined
  return {
    area,
    x: (step: number) => xScale(step) as number,
    y: (value: number) => (isLog && value <= 0 ? null : (yScale(value) as number)),
  }
}

interface CurveLinesProps {
  readonly id: string
  readonly series: readonly CurveSeries[]
  readonly isLog: boolean
  readonly hasLabels: boolean
}

/** Lines drawn as paths, because Recharts would create an object per point. A smoothed line has the raw one faintly behind it. */
export function CurveLines({ id, series, isLog, hasLabels }: CurveLinesProps) {
  const scales = useScales(isLog)
  if (scales === undefined) return null
  const { area, x, y } = scales
  return (
    <g>
      <clipPath id={`${id}-clip`}>
        <rect x={area.x} y={area.y} width={area.width} height={area.height} />
      </clipPath>
      <g clipPath={`url(#${id}-clip)`} fill="none" strokeLinejoin="round" strokeLinecap="round">
        {series.map(
          ({ id: key, steps, values, smoothed, color }) =>
            smoothed && <path key={key} d={pathOf(steps, values, x, y)} stroke={color} strokeOpacity={0.28} strokeWidth={1} />,
        )}
        {series.map((one) => (
          <path
            key={one.id}
            d={pathOf(one.steps, lineOf(one), x, y)}
            stroke={one.color}
            strokeWidth={1.6}
            strokeDasharray={one.dash}
            data-series={one.name}
          />
        ))}
        {series.map((one) => (
          <PartialMarks key={one.id} series={one} x={x} y={y} />
        ))}
        {series.map(({ id: key, steps, values }) => (
          <path key={key} d={missingMarks(steps, values, x, area.y)} stroke="var(--error)" strokeWidth={1.5} />
        ))}
      </g>
      {hasLabels && <DirectLabels series={series} y={y} right={area.x + area.width} top={area.y} bottom={area.y + area.height} />}
    </g>
  )
}

/** With more rings, they would look like a line. */
const mostPartial = 24

interface PartialMarksProps {
  readonly series: CurveSeries
  readonly x: (step: number) => number
  readonly y: (value: number) => number | null
}

/** A ring on every step with fewer rows than the others: an outlier there may be chance. */
function PartialMarks({ series, x, y }: PartialMarksProps) {
  if (series.partial.length > mostPartial) return null
  return series.partial.map(({ step, rows }) => {
    const value = lineOf(series)[series.steps.indexOf(step)]
    const at = value == null ? null : y(value)
    return (
      at !== null && (
        <circle
          key={step}
          cx={x(step)}
          cy={at}
          r={3}
          fill="var(--surface-raised)"
          stroke={series.color}
          strokeWidth={1.2}
          data-partial={rows}
        />
      )
    )
  })
}

/** A cross at the top edge for every missing value. */
function missingMarks(steps: readonly number[], values: readonly (number | null)[], x: (step: number) => number, top: number): string {
  let path = ''
  for (const [place, step] of steps.entries()) {
    if (values[place] === null) path += `M${(x(step) - 3).toFixed(1)},${top + 2}l6,6m0,-6l-6,6`
  }
  return path
}

interface DirectLabelsProps {
  readonly series: readonly CurveSeries[]
  readonly y: (value: number) => number | null
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** Labels at the ends of the lines. */
function DirectLabels({ series, y, right, top, bottom }: DirectLabelsProps) {
  const ends = series.flatMap((one) => {
    const last = lineOf(one).findLast((value) => value !== null)
    const at = last == null ? null : y(last)
    return at === null ? [] : [{ ...one, at: Math.min(Math.max(at, top + 4), bottom - 2) }]
  })
  return ends
    .sort((a, b) => a.at - b.at)
    .map((one, place, all) => {
      const at = place === 0 ? one.at : Math.max(one.at, all[place - 1].at + 12)
      one.at = at
      return (
        <text key={one.id} x={right + 4} y={at + 4} fontSize={12} fill={one.color} fontWeight={500}>
          {one.name}
        </text>
      )
    })
}

/** The hover line and its dots, on every chart of a group. */
export function CurveHover({ group, series, isLog }: { readonly group: string } & Pick<CurveLinesProps, 'series' | 'isLog'>) {
  const step = useHoveredStep(group)
  const scales = useScales(isLog)
  if (step === null || scales === undefined) return null
  const { area, x, y } = scales
  const at = x(step)
  if (at < area.x || at > area.x + area.width) return null
  return (
    <g pointerEvents="none">
      <line x1={at} x2={at} y1={area.y} y2={area.y + area.height} stroke="var(--border-strong)" />
      {series.map((one) => {
        const place = nearestPlace(one.steps, step)
        const value = place === -1 || step > one.steps[one.steps.length - 1] ? null : lineOf(one)[place]
        const top = value === null ? null : y(value)
        if (top === null) return null
        return <circle key={one.id} cx={x(one.steps[place])} cy={top} r={3} fill={one.color} stroke="var(--surface-raised)" />
      })}
    </g>
  )
}
