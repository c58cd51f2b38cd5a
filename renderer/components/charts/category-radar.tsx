import { PolarAngleAxis, PolarGrid, PolarRadiusAxis, Radar, RadarChart, ResponsiveContainer, Tooltip } from 'recharts'
import { quietAxis } from './axes.ts'
import { ChartTip } from './chart-tip.tsx'

/** One line of a radar. */
interface RadarSeries {
  readonly id: string
  readonly name: string
  readonly color: string
  readonly dash: string | undefined
  readonly read: (category: string) => number | null
  /** The value in words, for the tooltip. */
  readonly say: (category: string) => string
}

interface CategoryRadarProps {
  readonly categories: readonly string[]
  readonly series: readonly RadarSeries[]
  /** The scale's end; it starts at 0. */
  readonly most: number
}

/** Figures by category around a circle, a line each. */
export function CategoryRadar({ categories, series, most }: CategoryRadarProps) {
  const data = categories.map((category) => ({ category, ...Object.fromEntries(series.map(({ id, read }) => [id, read(category)])) }))
  return (
    <ResponsiveContainer width="100%" height={320}>
      <RadarChart data={data} outerRadius="76%" accessibilityLayer={false}>
        <PolarGrid stroke="var(--grid)" />
        <PolarAngleAxis dataKey="category" tick={quietAxis.tick} />
        <PolarRadiusAxis domain={[0, most]} tickCount={6} angle={90 - 180 / categories.length} axisLine={false} tick={quietAxis.tick} />
        <Tooltip
          isAnimationActive={false}
          content={({ active, label }) =>
            active && label !== undefined ? (
              <ChartTip title={String(label)}>
                {series.map(({ name, color, say }) => ({ name, color, value: say(String(label)) }))}
              </ChartTip>
            ) : null
          }
        />
        {series.map(({ id, name, color, dash }) => (
          <Radar
            key={id}
            dataKey={id}
            name={name}
            stroke={color}
            strokeWidth={1.6}
            strokeDasharray={dash}
            fill={color}
            fillOpacity={0.06}
            dot={{ r: 2.5, fill: color, fillOpacity: 1, strokeDasharray: '0' }}
            connectNulls
            isAnimationActive={false}
          />
        ))}
      </RadarChart>
    </ResponsiveContainer>
  )
}
