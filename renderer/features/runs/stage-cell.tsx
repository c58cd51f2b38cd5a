import { Progress, Tooltip } from '@mantine/core'
import { isActive, type RunListing } from '../../../main/shared/contract/runs-contract.ts'
import { useProgress } from '../../api/run-progress.ts'
import { count, duration } from '../../components/format.ts'
import { stageAt } from '../../components/stage-words.ts'
import styles from './runs.module.css'

/** A run's current stage and progress, or its error. */
export function StageCell({ run }: { readonly run: RunListing }) {
  const progress = useProgress(run.id)
  if (run.status === 'queued') {
    const text = run.after === null ? 'starts when the current run ends' : `starts after ${run.after.name}`
    return (
      <span className={styles.clip} title={text}>
        {text}
      </span>
    )
  }
  if (run.error !== null) {
    const [line] = run.error.message.split('\n')
    return (
      <Tooltip label={`${line} ${run.error.remedy}`}>
        <span className={styles.problem}>{line}</span>
      </Tooltip>
    )
  }
  if (run.status === 'waiting-for-review') return <span className={styles.clip}>{count(run.waiting_pairs)} pairs</span>
  if (run.status === 'finished') return <span className="dim">{run.ended_early ? 'ended early' : ''}</span>
  if (run.stage === null) return <span className="dim">–</span>
  const place = stageAt(run.stage, run.iteration)
  if (!isActive(run.status) || progress === undefined) return <span className={styles.clip}>{place}</span>
  const share = Math.round((100 * progress.done) / Math.max(1, progress.total))
  const left = progress.secondsLeft === null ? '' : `, ${duration(progress.secondsLeft)} left`
  return (
    <Tooltip label={`${count(progress.done)} of ${count(progress.total)}${left}`}>
      <span className={styles.stage}>
        <span className={styles.clip}>{place}</span>
        <Progress value={share} size={4} aria-label={`${place}: ${share}%`} className={styles.bar} />
        <span className="dim">{share}%</span>
      </span>
    </Tooltip>
  )
}
