import { CartesianGrid, ReferenceLine, ResponsiveContainer, Scatter, ScatterChart, useXAxisScale, XAxis, YAxis } from 'recharts'
import { meaningfulLine, quietAxis } from './axes.ts'

/** A share with its 95% interval. */
interface IntervalRow {
  readonly id: string
  readonly value: number
  readonly low: number
  readonly high: number
  readonly color: string
}

export const intervalRowHeight = 36
const axisHeight = 20
/** Half the height of a whisker's end, pixels. */
const whisker = 4

/**
 * Shares in rows, each a dot with whiskers, on one axis from 0 to 100% with a reference line at chance. Rows are positioned by index: a category axis would
 * keep the order in which names first appeared.
 */
export function IntervalChart({ rows, chance }: { readonly rows: readonly IntervalRow[]; readonly chance: number }) {
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
        <YAxis dataKey="place" type="number" reversed hide domain={[-0.5, rows.length - 0.5]} allowDataOverflow />
        <ReferenceLine x={chance} {...meaningfulLine} />
        <Scatter
          data={rows.map((row, place) => ({ ...row, place }))}
          shape={({ cx, cy, payload }: MarkProps) => <Mark cx={cx} cy={cy} payload={payload} />}
          isAnimationActive={false}
        />
      </ScatterChart>
    </ResponsiveContainer>
  )
}

interface MarkProps {
  readonly cx?: number
  readonly cy?: number
  readonly payload?: IntervalRow
}

function Mark({ cx, cy, payload }: MarkProps) {
  const scale = useXAxisScale()
  if (!scale || cx === undefined || cy === undefined || payload === undefined) return null
  const { id, low, high, color } = payload
  const [from, to] = [scale(low) as number, scale(high) as number]
  return (
    <g data-row={id}>
      <path
        d={`M${from},${cy}H${to}M${from},${cy - whisker}v${2 * whisker}M${to},${cy - whisker}v${2 * whisker}`}
        stroke={color}
        strokeWidth={1.5}
        fill="none"
      />
      <circle cx={cx} cy={cy} r={5} fill={color} stroke="var(--surface-raised)" strokeWidth={1.5} />
    </g>
  )
}
