import { CartesianGrid, ErrorBar, ReferenceLine, ResponsiveContainer, Scatter, ScatterChart, XAxis, YAxis } from 'recharts'
import { meaningfulLine, quietAxis } from './axes.ts'

/** A share with its 95% interval. */
export interface IntervalRow {
  readonly id: string
  readonly value: number
  readonly low: number
  readonly high: number
  readonly color: string
}

export const intervalRowHeight = 36
const axisHeight = 20

/** Shares below one another, each a dot with whiskers, on one axis from 0 to 100% with a line where chance is. */
export function IntervalChart({ rows, chance }: { readonly rows: readonly IntervalRow[]; readonly chance: number }) {
  const points = rows.map(({ id, value, low, high, color }) => ({ id, value, error: [value - low, high - value], fill: color }))
  return (
    <ResponsiveContainer width="100%" height={rows.length * intervalRowHeight + axisHeight}>
      <ScatterChart margin={{ top: 0, right: 12, bottom: 0, left: 12 }} accessibilityLayer={false}>
        <CartesianGrid horizontal={false} stroke="var(--grid)" />
        <XAxis
          {...quietAxis}
          dataKey="value"
          type="number"
          domain={[0, 1]}
          ticks={[0, 0.25, 0.5, 0.75, 1]}
          tickFormatter={(share: number) => `${Math.round(100 * share)}%`}
          height={axisHeight}
        />
        <YAxis dataKey="id" type="category" reversed hide allowDuplicatedCategory={false} domain={rows.map(({ id }) => id)} />
        <ReferenceLine x={chance} {...meaningfulLine} />
        {points.map((point) => (
          <Scatter
            key={point.id}
            data={[point]}
            fill={point.fill}
            shape={({ cx, cy }) => <Dot cx={cx} cy={cy} fill={point.fill} />}
            isAnimationActive={false}
          >
            <ErrorBar dataKey="error" direction="x" width={4} stroke={point.fill} strokeWidth={1.5} isAnimationActive={false} />
          </Scatter>
        ))}
      </ScatterChart>
    </ResponsiveContainer>
  )
}

function Dot({ cx, cy, fill }: { readonly cx?: number; readonly cy?: number; readonly fill?: string }) {
  return <circle cx={cx} cy={cy} r={5} fill={fill} stroke="var(--surface-raised)" strokeWidth={1.5} />
}
