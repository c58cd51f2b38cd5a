import type { Timeline, TimelineStage } from '../../../main/shared/contract/charts-contract.ts'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { threadsText } from '../../../main/shared/device-text.ts'
import { count, duration, durationRange, moment } from '../../components/format.ts'
import { stageWords } from '../../components/stage-words.ts'
import styles from './now-line.module.css'
import { useCountdown } from './use-countdown.ts'
import { isLive, type LiveProgress } from './use-live-run.ts'

interface NowLineProps {
  readonly run: RunDetails
  readonly timeline: Timeline | undefined
  readonly progress: LiveProgress | null
}

/** The run's current work: what it is, progress, throughput, time left. */
export function NowLine({ run, timeline, progress }: NowLineProps) {
  const current = timeline?.stages.find(({ state }) => state === 'current')
  const ownProgress = progress !== null && progress.iteration === run.iteration && progress.stage === run.stage ? progress : null
  const left = useCountdown(ownProgress?.secondsLeft)
  const low = useCountdown(timeline?.left?.low)
  const high = useCountdown(timeline?.left?.high)
  const inAll = low === null || high === null ? null : { low, high }
  const parts = isLive(run) ? liveParts(current, ownProgress, left, inAll) : restParts(run, current)
  return (
    <p className={styles.line} aria-live="off">
      <span className={styles.what}>{headline(run, ownProgress)}</span>
      {parts.map((part) => (
        <span key={part.key} className={styles.part}>
          {part.text}
        </span>
      ))}
    </p>
  )
}

interface Part {
  readonly key: string
  readonly text: string
}

const modelOf = (iteration: number): string => `M${iteration}`

function headline({ status, stage, iteration, after }: RunDetails, progress: LiveProgress | null): string {
  const doing = stage === null ? 'Nothing yet' : stageWords[stage].doing(modelOf(iteration), modelOf(iteration + 1))
  switch (status) {
    case 'queued':
      return after === null ? 'Queued: starts when the current run ends' : `Queued: starts when ${after.name} has finished`
    case 'running':
    case 'pausing':
    case 'finishing':
      if (stage === 'seed-data' && progress !== null) return 'Evaluating M0' // the base model is evaluated before any training
      return stage === null ? 'Starting' : doing
    case 'created':
      return 'Not started'
    case 'finished':
      return 'Finished'
    case 'waiting-for-review':
      return `Waiting for your review of ${modelOf(iteration)}’s pairs`
    case 'failed':
      return `Failed: ${doing}`
    default:
      return `${status === 'interrupted' ? 'Interrupted' : 'Paused'}: ${doing}`
  }
}

function liveParts(
  current: TimelineStage | undefined,
  progress: LiveProgress | null,
  left: number | null,
  inAll: { readonly low: number; readonly high: number } | null,
): Part[] {
  const done = progress?.done ?? current?.made
  const total = progress?.total ?? current?.of
  const unit = progress === null ? '' : ` ${progress.what}`
  const parts = [
    done != null && total != null && { key: 'count', text: `${count(done)} of ${count(total)}${unit}` },
    progress?.perSecond != null && { key: 'rate', text: `${rate(progress.perSecond)}/s` },
    left !== null && left > 0 && { key: 'left', text: `${duration(left)} left in this stage` },
    inAll !== null && inAll.high > 0 && { key: 'all', text: `${durationRange(inAll.low, inAll.high)} left in total` },
  ]
  return parts.filter((part) => part !== false)
}

const rate = (perSecond: number): string => (perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toPrecision(2))

function restParts({ status, seconds, finished_at, ended_early, engine, models }: RunDetails, current: TimelineStage | undefined): Part[] {
  const parts = [
    current?.made != null &&
      current.of != null &&
      status !== 'waiting-for-review' && { key: 'count', text: `${count(current.made)} of ${count(current.of)} done` },
    ended_early && { key: 'early', text: 'ended early' },
    status === 'finished' && models.length > 0 && { key: 'models', text: `newest model ${models[models.length - 1].name}` },
    finished_at !== null && { key: 'when', text: moment(finished_at) },
    seconds > 0 && { key: 'seconds', text: `ran for ${duration(seconds)}` },
    engine !== null && { key: 'engine', text: `${engine.backend}, ${engine.precision}, ${threadsText(engine.threads)}` },
  ]
  return parts.filter((part) => part !== false)
}
