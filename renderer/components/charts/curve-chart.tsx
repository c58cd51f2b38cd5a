import { memo, type ReactNode, useId } from 'react'
import { CartesianGrid, LineChart, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from 'recharts'
import { lightGrid, meaningfulLine, quietAxis, valueAxis } from './axes.ts'
import { ChartCard } from './chart-card.tsx'
import type { ChartTable } from './chart-table.ts'
import { CurveHover, CurveLines } from './curve-lines.tsx'
import { CurveReadout } from './curve-readout.tsx'
import type { CurveSeries } from './curve-series.ts'
import { PlotPointer } from './plot-pointer.tsx'
import { logTicks, reading, roundTicks, spanOf, tick } from './ticks.ts'

interface CurveChartProps {
  readonly title: string
  readonly about?: ReactNode
  readonly series: readonly CurveSeries[]
  /** The steps shown. */
  readonly range: readonly [from: number, to: number]
  readonly isLog: boolean
  /** Charts of one group share the hover position. */
  readonly group: string
  /** Position of a reference line: 0 for a margin, 0.5 for an accuracy. */
  readonly meaningful?: number
  readonly height?: number
  /** Whether lines are labeled at their ends; by default, up to three are. */
  readonly hasLabels?: boolean
  readonly onZoom: (from: number, to: number) => void
  readonly onReset: () => void
}

/** A metric over optimizer steps. */
export const CurveChart = memo(function CurveChart(props: CurveChartProps) {
  const { title, about, series, range, group, meaningful, height = 168, hasLabels = series.length <= 3, onZoom, onReset } = props
  const id = useId()
  const isLog = props.isLog && series.some(({ values }) => values.some((value) => value !== null && value > 0))
  const [low, high] = spanOf(valuesShown(series, isLog ? undefined : meaningful), isLog)
  const ticks = isLog ? logTicks(low, high) : roundTicks(low, high)
  return (
    <ChartCard
      title={title}
      about={about}
      summary={summaryOf(title, series)}
      table={() => tableOf(series)}
      readout={<CurveReadout group={group} series={series} />}
    >
      <ResponsiveContainer width="100%" height={height}>
        <LineChart
          data={[{ step: range[0] }, { step: range[1] }]}
          margin={{ top: 8, right: hasLabels ? 32 : 8, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <CartesianGrid {...lightGrid} />
          <XAxis
            {...quietAxis}
            dataKey="step"
            type="number"
            domain={[range[0], range[1]]}
            allowDataOverflow
            ticks={roundTicks(range[0], range[1], 4)}
            tickFormatter={tick}
            height={20}
          />
          <YAxis
            {...valueAxis}
            type="number"
            scale={isLog ? 'log' : 'linear'}
            domain={[low, high]}
            allowDataOverflow
            ticks={ticks}
            tickFormatter={tick}
          />
          {meaningful !== undefined && !isLog && meaningful > low && meaningful < high && (
            <ReferenceLine y={meaningful} {...meaningfulLine} />
          )}
          <CurveLines id={id} series={series} isLog={isLog} hasLabels={hasLabels} />
          <CurveHover group={group} series={series} isLog={isLog} />
          <PlotPointer group={group} onZoom={onZoom} onReset={onReset} />
        </LineChart>
      </ResponsiveContainer>
    </ChartCard>
  )
})

function* valuesShown(series: readonly CurveSeries[], meaningful: number | undefined): Generator<number | null> {
  for (const { values } of series) yield* values
  if (meaningful !== undefined) yield meaningful
}

function summaryOf(title: string, series: readonly CurveSeries[]): string {
  const ends = series.map(
    ({ name, steps, values }) => `${name} from ${reading(values[0])} to ${reading(values.at(-1))} at step ${steps.at(-1)}`,
  )
  return `${title} over optimizer steps: ${ends.length === 0 ? 'nothing yet' : ends.join('; ')}.`
}

function tableOf(series: readonly CurveSeries[]): ChartTable {
  const hasSmoothed = series.some(({ smoothed }) => smoothed !== null)
  return {
    columns: ['series', 'step', 'value', ...(hasSmoothed ? ['smoothed'] : [])],
    rows: series.flatMap(({ name, steps, values, smoothed }) =>
      steps.map((step, i) => [name, step, values[i], ...(hasSmoothed ? [smoothed?.[i] ?? null] : [])]),
    ),
  }
}
