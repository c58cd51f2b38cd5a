import { percent } from '../../components/format.ts'
import styles from './evaluate.module.css'

const [width, height] = [160, 16]

/** A proportion and its interval on a line from 0 to 1, with chance level (one half) marked. */
export function Whisker({ value, low, high }: { readonly value: number; readonly low: number; readonly high: number }) {
  const y = height / 2
  return (
    <span className={styles.whisker}>
      <svg width={width} height={height} aria-hidden>
        <line className={styles.whiskerAxis} x1={0} x2={width} y1={y} y2={y} />
        <line className={styles.whiskerChance} x1={width / 2} x2={width / 2} y1={1} y2={height - 1} />
        <line className={styles.whiskerRange} x1={low * width} x2={high * width} y1={y} y2={y} />
        <circle className={styles.whiskerValue} cx={value * width} cy={y} r={3.5} />
      </svg>
      <span className={styles.quiet}>
        {percent(low)} to {percent(high)}
      </span>
    </span>
  )
}
