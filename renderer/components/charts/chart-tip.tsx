import styles from './chart-tip.module.css'

interface TipLine {
  readonly name: string
  readonly value: string
  readonly color?: string
}

interface ChartTipProps {
  readonly title: string
  readonly foot?: string
  readonly children: readonly TipLine[]
}

/** Tooltip of a chart. */
export function ChartTip({ title, foot, children }: ChartTipProps) {
  return (
    <div className={styles.tip}>
      <div className={styles.title}>{title}</div>
      {children.map(({ name, value, color }) => (
        <div key={name} className={styles.line}>
          {color && <span className={styles.dot} style={{ background: color }} />}
          <span className={styles.name}>{name}</span>
          <span>{value}</span>
        </div>
      ))}
      {foot && <div className={styles.foot}>{foot}</div>}
    </div>
  )
}
