import { Button, Tooltip } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { Link } from 'wouter'
import type { ReviewIteration, ReviewOverview } from '../../../main/shared/contract/review-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { count, dot } from '../../components/format.ts'
import { useRunActions } from '../../components/run-actions.ts'
import { AgreementNote } from './agreement.tsx'
import styles from './header.module.css'
import { trainActions } from './review-actions.ts'
import { Reviewers } from './reviewers.tsx'

interface HeaderProps {
  readonly overview: ReviewOverview
  /** The iteration selected in the filter; null: all. */
  readonly iteration: number | null
}

/** Progress of the review, agreement with the judge, and the Train button if the run is waiting. */
export function Header({ overview, iteration }: HeaderProps) {
  const parts = overview.iterations.filter((part) => iteration === null || part.iteration === iteration)
  const sum = (of: (part: ReviewIteration) => number): number => parts.reduce((total, part) => total + of(part), 0)
  const [pairs, reviewed, overridden] = [sum((part) => part.pairs), sum((part) => part.reviewed), sum((part) => part.overridden)]
  const agreement = parts.length === 1 ? parts[0].agreement : overview.agreement
  return (
    <header className={styles.header}>
      <h1 className={styles.title}>
        Review <span className={styles.slash}>/</span>{' '}
        <Tooltip label="Choose another run">
          <Link href="/review" className={styles.run}>
            {overview.name}
          </Link>
        </Tooltip>
      </h1>
      <div className={styles.progress}>
        <span>
          {count(reviewed)} of {count(pairs)} reviewed
          {overridden > 0 && <span className="dim">{`${dot}${count(overridden)} overridden`}</span>}
        </span>
        <span className={styles.track} aria-hidden>
          <span className={styles.done} style={{ width: `${pairs === 0 ? 0 : (100 * reviewed) / pairs}%` }} />
        </span>
      </div>
      <Reviewers overview={overview} />
      <div className={styles.end}>
        <AgreementNote agreement={agreement} />
        {overview.waitsFor !== null && <TrainButton overview={overview} iteration={overview.waitsFor} />}
      </div>
    </header>
  )
}

/** Confirms the review, so that the waiting run continues with the current decisions. */
export function TrainButton({ overview, iteration }: { readonly overview: ReviewOverview; readonly iteration: number }) {
  const { confirmReview, error, clearError } = useRunActions(overview.runId)
  const part = overview.iterations.find((each) => each.iteration === iteration)
  const actions = useScreenActions(trainActions, {
    train: part === undefined ? null : { title: labelOf(part), perform: () => confirmReview.mutate({ id: overview.runId, iteration }) },
  })
  if (part === undefined) return null
  const left = part.pairs - part.reviewed
  const fate = overview.onlyDecided ? 'are left out' : 'are trained on as the judge decided'
  return (
    <>
      <Tooltip
        label={`The run is waiting for you. ${left > 0 ? `The ${count(left)} pairs that you haven’t reviewed ${fate}. ` : ''}Later decisions don’t affect ${part.trains}.`}
      >
        <Button
          {...actionProps(actions.train)}
          variant={part.reviewed > 0 ? 'filled' : 'default'}
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          loading={confirmReview.isPending}
        />
      </Tooltip>
      {error !== null && (
        <div className={styles.error}>
          <ErrorCard error={error} onRetry={clearError} />
        </div>
      )}
    </>
  )
}

function labelOf({ reviewed, trains }: ReviewIteration): string {
  if (reviewed === 0) return `Train ${trains} without reviews`
  return `Train ${trains} with ${reviewed === 1 ? '1 review' : `${count(reviewed)} reviews`}`
}
