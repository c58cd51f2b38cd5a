import type { ShownStatus } from '../../main/shared/contract/runs-contract.ts'
import styles from './status-dot.module.css'

const words: Readonly<Record<ShownStatus, string>> = {
  created: 'not started',
  running: 'running',
  stopped: 'paused',
  waiting: 'waiting for review',
  failed: 'failed',
  finished: 'finished',
  interrupted: 'interrupted',
}

/** A run's status: a word, and a dot whose shape shows it too. */
export function StatusDot({ status }: { readonly status: ShownStatus }) {
  return (
    <span className={styles.status} data-status={status}>
      <span className={styles.dot} aria-hidden />
      {words[status]}
    </span>
  )
}
