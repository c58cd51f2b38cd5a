import { Tooltip } from '@mantine/core'
import type { RunListing } from '../../../main/shared/contract/runs-contract.ts'
import { percent } from '../../components/format.ts'
import styles from './runs.module.css'

/** What a run has achieved: what programs measured of its newest model, or that model's win rate. */
export function ResultMark({ run: { followed, win_rate: rate } }: { readonly run: RunListing }) {
  if (followed !== null) {
    const { model, met, low, high, of } = followed
    const hint = `${model}’s sampled answers follow ${percent(met, 1)} of ${of} held-out prompts, by programs (95% interval ${percent(low)} to ${percent(high)}).`
    return <ShareMark share={met} low={low} high={high} hint={hint} text={`${model} follows`} />
  }
  if (rate === null) return <span className="dim">–</span>
  const { model, against, judge, win_rate, low, high, n, unreadable } = rate
  const hint = `${model} won ${percent(win_rate, 1)} against ${against} on ${n} held-out prompts, judged by ${judge} (95% interval ${percent(low)} to ${percent(high)}; ${unreadable} unreadable). 50% is chance. Paper, judged by GPT-4: M2 v M1 71.9%, M3 v M2 67.6%.`
  return <ShareMark share={win_rate} low={low} high={high} chance={0.5} hint={hint} text={`${model} v ${against}, by ${judge}`} />
}

interface ShareMarkProps {
  readonly share: number | null
  readonly low: number | null
  readonly high: number | null
  readonly chance?: number
  readonly hint: string
  readonly text: string
}

const width = 40

/** A share and its 95% interval on a scale from 0 to 100%, with a mark at chance. */
function ShareMark({ share, low, high, chance, hint, text }: ShareMarkProps) {
  return (
    <Tooltip label={hint}>
      <span className={styles.rate}>
        <span className={styles.number}>{percent(share)}</span>
        <svg width={width} height={20} aria-hidden focusable="false">
          <line x1={0} x2={width} y1={19.5} y2={19.5} stroke="var(--border)" />
          {chance !== undefined && (
            <line x1={width * chance} x2={width * chance} y1={3} y2={17} stroke="var(--border-strong)" strokeDasharray="2 2" />
          )}
          {low !== null && high !== null && (
            <line x1={width * low} x2={width * high} y1={10} y2={10} stroke="var(--text-dim)" strokeWidth={1.5} />
          )}
          {share !== null && <circle cx={width * share} cy={10} r={3} fill="var(--text)" />}
        </svg>
        <span className={styles.of}>{text}</span>
      </span>
    </Tooltip>
  )
}
