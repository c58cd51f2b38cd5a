import { Button, CopyButton } from '@mantine/core'
import { Link } from 'wouter'
import type { Timeline } from '../../../main/api/contract/charts.ts'
import type { RunDetails } from '../../../main/api/contract/runs.ts'
import { count } from '../../components/format.ts'
import { useRunActions } from '../../components/run-actions.ts'
import styles from './callouts.module.css'

interface CalloutsProps {
  readonly run: RunDetails
  readonly timeline: Timeline | undefined
}

/** What wants a person's attention before anything else: a failure, or pairs that wait for them. */
export function Callouts({ run, timeline }: CalloutsProps) {
  if (run.error !== null && (run.status === 'failed' || run.status === 'interrupted')) return <FailureCard run={run} error={run.error} />
  if (run.status === 'waiting') return <WaitingCard run={run} timeline={timeline} />
  if (run.status === 'interrupted') return <InterruptedCard run={run} />
  return null
}

/** What went wrong, the engine's last words, and the way on. */
function FailureCard({ run, error }: { readonly run: RunDetails; readonly error: NonNullable<RunDetails['error']> }) {
  const { start } = useRunActions(run.id)
  const [first, ...rest] = error.message.split('\n')
  const lines = rest.join('\n').trim()
  return (
    <section className={styles.failure} role="alert" aria-label="The run failed">
      <div className={styles.text}>
        <p className={styles.title}>{first}</p>
        <p className={styles.remedy}>{error.remedy}</p>
      </div>
      <div className={styles.actions}>
        <span className="code dim">{error.code}</span>
        <CopyButton value={`${error.code}\n${error.message}\n${error.remedy}\n`}>
          {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy details'}</Button>}
        </CopyButton>
        <Button variant="filled" loading={start.isPending} onClick={() => start.mutate({ id: run.id })}>
          Resume
        </Button>
      </div>
      {lines !== '' && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard
        <section className={styles.lines} tabIndex={0} aria-label="The engine’s last lines">
          {lines}
        </section>
      )}
    </section>
  )
}

const InterruptedCard = ({ run }: { readonly run: RunDetails }) => (
  <section className={styles.note} aria-label="The run was interrupted">
    <div className={styles.text}>
      <p className={styles.title}>The process that worked on this run has ended.</p>
      <p className={styles.remedy}>
        Nothing that was stored is lost. Resume does what is missing{run.stage === null ? '' : ' from where it was'}.
      </p>
    </div>
  </section>
)

/** Pairs wait for the user. The run goes on when the user confirms it, reviewed or not. */
function WaitingCard({ run, timeline }: CalloutsProps) {
  const { confirmReview } = useRunActions(run.id)
  const review = timeline?.stages.find(({ iteration, stage }) => iteration === run.iteration && stage === 'review')
  const pairs = review?.of ?? null
  const reviewed = review?.made ?? 0
  return (
    <section className={styles.waiting} aria-label="Waits for your review">
      <div className={styles.text}>
        <p className={styles.title}>
          {pairs === null ? 'Pairs wait' : `${count(pairs)} pairs wait`} for your review before M{run.iteration + 1} is trained on them.
        </p>
        <p className={styles.remedy}>
          {reviewed === 0 ? 'None is reviewed yet' : `${count(reviewed)} reviewed, ${count(review?.aside)} changed`}. What you decide counts
          instead of the judge; the other pairs are trained on as the judge made them.
        </p>
      </div>
      <div className={styles.actions}>
        <Button variant={reviewed === 0 ? 'filled' : 'default'} component={Link} href={`/review/${run.id}?iteration=${run.iteration}`}>
          Review pairs
        </Button>
        <Button
          variant={reviewed === 0 ? 'default' : 'filled'}
          loading={confirmReview.isPending}
          disabled={run.queued}
          onClick={() => confirmReview.mutate({ id: run.id, iteration: run.iteration })}
        >
          {reviewed === 0 ? 'Train without reviews' : 'Train with my reviews'}
        </Button>
      </div>
    </section>
  )
}
