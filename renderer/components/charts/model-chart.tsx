import {
  CartesianGrid,
  ErrorBar,
  Line,
  LineChart,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  usePlotArea,
  useYAxisScale,
  XAxis,
  YAxis,
} from 'recharts'
import { lightGrid, meaningfulLine, quietAxis, valueAxis } from './axes.ts'
import { ChartTip } from './chart-tip.tsx'
import { roundTicks, spanOf } from './ticks.ts'

/** One value of a model. */
interface ModelPoint {
  readonly model: string
  readonly value: number
  readonly low: number | null
  readonly high: number | null
  readonly n: number | null
}

/** A figure by model, in the run's order. */
export interface ModelSeries {
  readonly id: string
  readonly name: string
  readonly color: string
  /** Colors of the dots if they differ from the line's: each model has its own color. */
  readonly dotColor?: (model: string) => string
  readonly dash?: string
  /** By default, a dashed line has no dots. */
  readonly hasDots?: boolean
  readonly points: readonly ModelPoint[]
}

interface ModelChartProps {
  readonly models: readonly string[]
  readonly series: readonly ModelSeries[]
  readonly format: (value: number) => string
  readonly axisFormat: (value: number) => string
  /** Values that the axis always includes. */
  readonly include?: readonly number[]
  /** Bounds of the axis: a share never exceeds 100%. */
  readonly limits?: readonly [low: number, high: number]
  readonly meaningful?: number
  readonly height?: number
}

type Row = { readonly model: string } & Readonly<Record<string, unknown>>

/** Figures by model: one dot per model, with its 95% interval if there is one. */
export function ModelChart({ models, series, format, axisFormat, include = [], limits, meaningful, height = 132 }: ModelChartProps) {
  const [low, high] = axisOf(series, include, limits)
  return (
    <ResponsiveContainer width="100%" height={height}>
      <LineChart
        data={rowsOf(models, series)}
        margin={{
          top: 8,
          right: series.length === 1 ? 16 : 12 + 7 * Math.max(...series.map(({ name }) => name.length)),
          bottom: 0,
          left: 0,
        }}
        accessibilityLayer={false}
      >
        <CartesianGrid {...lightGrid} />
        <XAxis {...quietAxis} dataKey="model" type="category" padding={{ left: 12, right: 12 }} height={20} interval="preserveStartEnd" />
        <YAxis
          {...valueAxis}
          type="number"
          domain={[low, high]}
          ticks={roundTicks(Math.max(low, limits?.[0] ?? low), Math.min(high, limits?.[1] ?? high), 3)}
          tickFormatter={axisFormat}
          allowDataOverflow
        />
        {meaningful !== undefined && <ReferenceLine y={meaningful} {...meaningfulLine} />}
        <Tooltip
          cursor={{ stroke: 'var(--border-strong)' }}
          isAnimationActive={false}
          content={({ active, label }) =>
            active && label !== undefined ? <ModelTip model={String(label)} series={series} format={format} /> : null
          }
        />
        {series.map(({ id, color, dash, dotColor, hasDots = dash === undefined }) => (
          <Line
            key={id}
            dataKey={id}
            stroke={color}
            strokeWidth={1.6}
            strokeDasharray={dash}
            dot={hasDots ? ModelDot(color, dotColor) : false}
            activeDot={false}
            connectNulls
            isAnimationActive={false}
          >
            <ErrorBar dataKey={`${id} error`} width={3} strokeWidth={1} stroke={color} isAnimationActive={false} />
          </Line>
        ))}
        {series.length > 1 && <EndLabels series={series} />}
      </LineChart>
    </ResponsiveContainer>
  )
}

function axisOf(series: readonly ModelSeries[], include: readonly number[], limits: ModelChartProps['limits']): [number, number] {
  const values = series.flatMap(({ points }) => points.flatMap(({ value, low, high }) => [value, low, high]))
  const [low, high] = spanOf([...values, ...include])
  if (limits === undefined) return [low, high]
  const room = 0.05 * (high - low) // keeps a dot on the limit from being clipped
  return [Math.max(limits[0], low) - (low < limits[0] ? room / 2 : 0), Math.min(limits[1] + room, high)]
}

function rowsOf(models: readonly string[], series: readonly ModelSeries[]): Row[] {
  return models.map((model) => {
    const cells = series.flatMap(({ id, points }) => {
      const point = points.find((other) => other.model === model)
      if (point === undefined) return []
      const { value, low, high } = point
      return low === null || high === null
        ? [[id, value]]
        : [
            [id, value],
            [`${id} error`, [value - low, high - value]],
          ]
    })
    return { model, ...Object.fromEntries(cells) }
  })
}

interface DotProps {
  readonly cx?: number
  readonly cy?: number
  readonly payload?: Row
}

const ModelDot =
  (color: string, dotColor: ModelSeries['dotColor']) =>
  ({ cx, cy, payload }: DotProps) =>
    cx == null || cy == null || payload === undefined ? (
      <g />
    ) : (
      <circle
        key={payload.model}
        cx={cx}
        cy={cy}
        r={4}
        fill={dotColor?.(payload.model) ?? color}
        stroke="var(--surface-raised)"
        strokeWidth={1.5}
      />
    )

/** Labels at the ends of the lines. */
function EndLabels({ series }: { readonly series: readonly ModelSeries[] }) {
  const area = usePlotArea()
  const scale = useYAxisScale()
  if (!area || !scale) return null
  const ends = series
    .flatMap(({ id, name, color, points }) => {
      const last = points.at(-1)
      return last === undefined ? [] : [{ id, name, color, at: scale(last.value) as number }]
    })
    .sort((a, b) => a.at - b.at)
  ends.forEach((end, i) => {
    if (i > 0) end.at = Math.max(end.at, ends[i - 1].at + 13)
  })
  return ends.map(({ id, name, color, at }) => (
    <text key={id} x={area.x + area.width + 2} y={at + 4} fontSize={12} fill={color}>
      {name}
    </text>
  ))
}

interface ModelTipProps {
  readonly model: string
  readonly series: readonly ModelSeries[]
  readonly format: (value: number) => string
}

function ModelTip({ model, series, format }: ModelTipProps) {
  const lines = series.flatMap(({ name, color, points }) => {
    const point = points.find((other) => other.model === model)
    if (point === undefined) return []
    const interval = point.low === null || point.high === null ? '' : ` (${format(point.low)} to ${format(point.high)})`
    return [
      { name, color, value: `${format(point.value)}${interval}${point.n === null ? '' : ` · n = ${point.n.toLocaleString('en-US')}`}` },
    ]
  })
  return <ChartTip title={model}>{lines}</ChartTip>
}
