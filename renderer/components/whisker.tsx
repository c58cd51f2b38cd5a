import { percent } from './format.ts'
import styles from './whisker.module.css'

const height = 16

interface WhiskerProps {
  readonly value: number
  readonly low: number
  readonly high: number
  /** Pixels from 0 to 100%. */
  readonly width?: number
  /** The interval as text only for screen readers and as a tip, where a table shows many. */
  readonly quiet?: boolean
}

/** A proportion and its interval on a line from 0 to 1, with chance level (one half) marked. */
export function Whisker({ value, low, high, width = 160, quiet = false }: WhiskerProps) {
  const y = height / 2
  const interval = `${percent(low)} to ${percent(high)}`
  return (
    <span className={styles.whisker} data-above={low > 0.5} title={quiet ? interval : undefined}>
      <svg width={width} height={height} aria-hidden>
        <line className={styles.axis} x1={0} x2={width} y1={y} y2={y} />
        <line className={styles.chance} x1={width / 2} x2={width / 2} y1={1} y2={height - 1} />
        <line className={styles.range} x1={low * width} x2={high * width} y1={y} y2={y} />
        <circle className={styles.value} cx={value * width} cy={y} r={3.5} />
      </svg>
      <span className={quiet ? 'visually-hidden' : styles.interval}>{interval}</span>
    </span>
  )
}
