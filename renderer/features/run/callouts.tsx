import { Button, CopyButton } from '@mantine/core'
import { Link } from 'wouter'
import type { Timeline } from '../../../main/shared/contract/charts-contract.ts'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { isJudged } from '../../../main/shared/method-stages.ts'
import { count } from '../../components/format.ts'
import { useRunActions } from '../../components/run-actions.ts'
import styles from './callouts.module.css'

interface CalloutsProps {
  readonly run: RunDetails
  readonly timeline: Timeline | undefined
}

/** What needs the user's attention first: a failure, pairs waiting for review, or a warning that the run stopped on. */
export function Callouts({ run, timeline }: CalloutsProps) {
  if (run.error !== null && (run.status === 'failed' || run.status === 'interrupted')) return <FailureCard run={run} error={run.error} />
  if (run.status === 'waiting-for-review') return <WaitingCard run={run} timeline={timeline} />
  if (run.status === 'interrupted') return <InterruptedCard />
  if (run.guard !== null) return <GuardCard run={run} guard={run.guard} />
  return null
}

/** The error, the engine's last output, and a button to resume. */
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
        <Button component={Link} href={`/runs/new?edit=${run.id}`}>
          Change settings
        </Button>
        <Button variant="filled" loading={start.isPending} onClick={() => start.mutate({ id: run.id })}>
          Resume
        </Button>
      </div>
      {lines !== '' && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroll container must be reachable by keyboard
        <section className={styles.lines} tabIndex={0} aria-label="The engine’s last lines">
          {lines}
        </section>
      )}
    </section>
  )
}

/** The run stopped by itself. Only the user can tell whether it should continue. */
function GuardCard({ run, guard }: { readonly run: RunDetails; readonly guard: NonNullable<RunDetails['guard']> }) {
  const { start } = useRunActions(run.id)
  return (
    <section className={styles.waiting} aria-label="The run stopped on a warning">
      <div className={styles.text}>
        <p className={styles.title}>The run stopped, because its recipe stops on this warning.</p>
        <p className={styles.remedy}>
          {guard.text} Look at the Watch panel and at some pairs. Resume goes past this warning. Settings that no stored row depends on can
          be changed first.
        </p>
      </div>
      <div className={styles.actions}>
        <Button component={Link} href={`/review/${run.id}?iteration=${guard.iteration}`}>
          Look at pairs
        </Button>
        <Button component={Link} href={`/runs/new?edit=${run.id}`}>
          Change settings
        </Button>
        <Button variant="filled" loading={start.isPending} onClick={() => start.mutate({ id: run.id })}>
          Resume
        </Button>
      </div>
    </section>
  )
}

const InterruptedCard = () => (
  <section className={styles.note} aria-label="The run was interrupted">
    <div className={styles.text}>
      <p className={styles.title}>The run’s process ended unexpectedly.</p>
      <p className={styles.remedy}>Nothing saved is lost. Resume continues where it left off.</p>
    </div>
  </section>
)

/** Pairs are waiting for review. The run continues when the user confirms, whether or not they reviewed any. */
function WaitingCard({ run, timeline }: CalloutsProps) {
  const { confirmReview } = useRunActions(run.id)
  const review = timeline?.stages.find(({ iteration, stage }) => iteration === run.iteration && stage === 'review')
  const pairs = review?.of ?? null
  const reviewed = review?.made ?? 0
  return (
    <section className={styles.waiting} aria-label="Waiting for your review">
      <div className={styles.text}>
        <p className={styles.title}>
          {pairs === null ? 'Pairs are' : pairs === 1 ? '1 pair is' : `${count(pairs)} pairs are`} waiting for your review before M
          {run.iteration + 1} is trained.
        </p>
        <p className={styles.remedy}>
          {reviewed === 0 ? 'None reviewed yet' : `${count(reviewed)} reviewed, ${count(review?.aside)} changed`}. Your decisions take
          precedence{isJudged(run.recipe) && ' over the judge’s'}. Pairs you don’t review are{' '}
          {run.recipe.pairs.rule === 'human-only' ? 'left out.' : isJudged(run.recipe) ? 'trained on as the judge decided.' : 'trained on.'}
        </p>
      </div>
      <div className={styles.actions}>
        <Button variant={reviewed === 0 ? 'filled' : 'default'} component={Link} href={`/review/${run.id}?iteration=${run.iteration}`}>
          Review pairs
        </Button>
        <Button
          variant={reviewed === 0 ? 'default' : 'filled'}
          loading={confirmReview.isPending}
          onClick={() => confirmReview.mutate({ id: run.id, iteration: run.iteration })}
        >
          {reviewed === 0 ? 'Train without reviews' : 'Train with my reviews'}
        </Button>
      </div>
    </section>
  )
}
