/** A small line of values over time, from 0 to `top`. A missing value is a gap. */
export function Sparkline({ values, top, width = 120, height = 24 }: SparklineProps) {
  const highest = Math.max(top ?? 0, ...values.map((value) => value ?? 0), Number.EPSILON)
  const step = width / Math.max(1, values.length - 1)
  let isDrawing = false
  const path = values
    .map((value, i) => {
      if (value === null) {
        isDrawing = false
        return ''
      }
      const command = isDrawing ? 'L' : 'M'
      isDrawing = true
      return `${command}${(i * step).toFixed(1)} ${(height - 1 - (value / highest) * (height - 2)).toFixed(1)}`
    })
    .join('')
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden focusable="false">
      <line x1={0} x2={width} y1={height - 0.5} y2={height - 0.5} stroke="var(--grid)" />
      <path d={path} fill="none" stroke="var(--accent)" strokeWidth={1.5} strokeLinejoin="round" />
    </svg>
  )
}

interface SparklineProps {
  readonly values: readonly (number | null)[]
  /** The value at the upper edge, if it is more than the highest one. */
  readonly top?: number
  readonly width?: number
  readonly height?: number
}
