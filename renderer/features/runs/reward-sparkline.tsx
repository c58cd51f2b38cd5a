import type { RewardRange } from '../../../main/shared/reward-range.ts'

interface RewardSparklineProps {
  /** The mean reward of each iteration. */
  readonly rewards: readonly (number | null)[]
  readonly range: RewardRange
}

const width = 48
const height = 20
const inset = 3

/** Mean rewards by iteration, on the scale of the judge, or on their own if it has none. */
export function RewardSparkline({ rewards, range }: RewardSparklineProps) {
  const known = rewards.filter((reward) => reward !== null)
  const [low, high] = range ?? [Math.min(...known), Math.max(...known)]
  const heightOf = (reward: number): number => ((reward - low) / (high - low || 1)) * (height - 2 * inset)
  const step = rewards.length > 1 ? (width - 2 * inset) / (rewards.length - 1) : 0
  const points = rewards.flatMap((reward, i) =>
    reward === null ? [] : [{ x: rewards.length > 1 ? inset + i * step : width / 2, y: height - inset - heightOf(reward) }],
  )
  return (
    <svg width={width} height={height} aria-hidden focusable="false">
      <line x1={0} x2={width} y1={height - 0.5} y2={height - 0.5} stroke="var(--border)" />
      <polyline points={points.map(({ x, y }) => `${x},${y}`).join(' ')} fill="none" stroke="var(--text-dim)" strokeWidth={1.5} />
      {points.map(({ x, y }, i) => (
        <circle
          key={x}
          cx={x}
          cy={y}
          r={i === points.length - 1 ? 2.5 : 1.5}
          fill={i === points.length - 1 ? 'var(--text)' : 'var(--text-dim)'}
        />
      ))}
    </svg>
  )
}
