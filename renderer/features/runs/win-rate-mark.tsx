import { Tooltip } from '@mantine/core'
import type { RunListing } from '../../../main/shared/contract/runs-contract.ts'
import { percent } from '../../components/format.ts'
import styles from './runs.module.css'

const markWidth = 40

/** A win rate and its 95% interval on a scale from 0 to 100%, with a mark at 50%. */
export function WinRateMark({ rate }: { readonly rate: NonNullable<RunListing['win_rate']> }) {
  const { model, against, judge, win_rate, low, high, n, unreadable } = rate
  const hint = `${model} won ${percent(win_rate, 1)} against ${against} on ${n} held-out prompts, judged by ${judge} (95% interval ${percent(low)} to ${percent(high)}; ${unreadable} unreadable). 50% is chance. Paper, judged by GPT-4: M2 v M1 71.9%, M3 v M2 67.6%.`
  return (
    <Tooltip label={hint}>
      <span className={styles.rate}>
        <span className={styles.number}>{percent(win_rate)}</span>
        <svg width={markWidth} height={20} aria-hidden focusable="false">
          <line x1={markWidth / 2} x2={markWidth / 2} y1={3} y2={17} stroke="var(--border-strong)" strokeDasharray="2 2" />
          {low !== null && high !== null && (
            <line x1={markWidth * low} x2={markWidth * high} y1={10} y2={10} stroke="var(--text-dim)" strokeWidth={1.5} />
          )}
          {win_rate !== null && <circle cx={markWidth * win_rate} cy={10} r={3} fill="var(--text)" />}
        </svg>
        <span className={styles.of}>
          {model} v {against}, by {judge}
        </span>
      </span>
    </Tooltip>
  )
}
