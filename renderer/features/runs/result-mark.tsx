import { Tooltip } from '@mantine/core'
import type { RunListing } from '../../../main/shared/contract/runs-contract.ts'
import { judgedText } from '../../components/comparisons.ts'
import { percent } from '../../components/format.ts'
import { Whisker } from '../../components/whisker.tsx'
import { type RunResult, runResult } from './run-result.ts'
import styles from './runs.module.css'

/** What a run has achieved, with its 95% interval. */
export function ResultMark({ run }: { readonly run: RunListing }) {
  const result = runResult(run)
  if (result === null) return <span className="dim">–</span>
  const { share, low, high, chance, what, judged } = result
  return (
    <Tooltip label={hintOf(run, result)}>
      <span className={styles.rate}>
        <span className={styles.number}>{percent(share)}</span>
        {share !== null && low !== null && high !== null && <Whisker {...{ value: share, low, high, chance }} width={40} quiet />}
        <span className={styles.of}>
          <span>{what}</span>
          {judged !== null && <span>{judgedText(judged)}</span>}
        </span>
      </span>
    </Tooltip>
  )
}

function hintOf({ followed, win_rate: rate }: RunListing, { share, low, high }: RunResult): string {
  const interval = `95% interval ${percent(low)} to ${percent(high)}`
  if (followed !== null)
    return `${followed.model}’s sampled answers follow ${percent(share, 1)} of ${followed.of} held-out prompts, by programs (${interval}).`
  if (rate === null) return ''
  const { model, against, judge, n, unreadable } = rate
  return `${model} won ${percent(share, 1)} against ${against} on ${n} held-out prompts, judged by ${judge} (${interval}; ${unreadable} unreadable). 50% is chance. Paper, judged by GPT-4: M2 v M1 71.9%, M3 v M2 67.6%.`
}
