import { percent } from './format.ts'
import styles from './whisker.module.css'

const height = 16

interface WhiskerProps {
  readonly value: number
  readonly low: number
  readonly high: number
  /** Chance level, marked by a line; null: there is none. */
  readonly chance?: number | null
  /** Pixels from 0 to 100%. */
  readonly width?: number
  /** The interval as text only for screen readers and as a tip, where a table shows many. */
  readonly quiet?: boolean
}

/** A proportion and its interval on a line from 0 to 1, with chance level marked, by default one half. */
export function Whisker({ value, low, high, chance = 0.5, width = 160, quiet = false }: WhiskerProps) {
  const y = height / 2
  const interval = `${percent(low)} to ${percent(high)}`
  return (
    <span className={styles.whisker} data-above={chance !== null && low > chance} title={quiet ? interval : undefined}>
      <svg width={width} height={height} aria-hidden>
        <line className={styles.axis} x1={0} x2={width} y1={y} y2={y} />
        {chance !== null && <line className={styles.chance} x1={chance * width} x2={chance * width} y1={1} y2={height - 1} />}
        <line className={styles.range} x1={low * width} x2={high * width} y1={y} y2={y} />
        <circle className={styles.value} cx={value * width} cy={y} r={3.5} />
      </svg>
      <span className={quiet ? 'visually-hidden' : styles.interval}>{interval}</span>
    </span>
  )
}
