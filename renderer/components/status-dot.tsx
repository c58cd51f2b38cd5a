import type { ShownStatus } from '../../main/shared/contract/runs-contract.ts'
import styles from './status-dot.module.css'

export const statusWords: Readonly<Record<ShownStatus, string>> = {
  created: 'not started',
  queued: 'queued',
  running: 'running',
  'waiting-for-review': 'waiting for review',
  pausing: 'pausing',
  paused: 'paused',
  finishing: 'ending',
  failed: 'failed',
  finished: 'finished',
  interrupted: 'interrupted',
}

/** A run's status: a word, and a dot whose shape shows it too. */
export function StatusDot({ status }: { readonly status: ShownStatus }) {
  return (
    <span className={styles.status} data-status={status}>
      <span className={styles.dot} aria-hidden />
      {statusWords[status]}
    </span>
  )
}
