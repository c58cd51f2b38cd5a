import { Button, Progress } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ShownSuite, ShownSuiteStatus } from '../../../main/shared/contract/evaluations-contract.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { count, duration, moment } from '../../components/format.ts'
import shared from './evaluate.module.css'
import { FigureList } from './figure-list.tsx'
import styles from './suites.module.css'
import { kindNames, settingsText } from './words.ts'

const statusWords: Readonly<Record<ShownSuiteStatus, string>> = {
  queued: 'queued',
  running: 'running',
  cancelled: 'cancelled',
  failed: 'failed',
  finished: 'finished',
  interrupted: 'interrupted',
}

/** An evaluation's settings, progress, result, and actions. */
export function SuiteRow({ suite }: { readonly suite: ShownSuite }) {
  const { kind, title, status, done, total, seconds, result, error, createdAt } = suite
  return (
    <li className={styles.suite} aria-label={`${kindNames[kind]}: ${title}`}>
      <div className={styles.suiteHead}>
        <span className={styles.suiteKind}>{kindNames[kind]}</span>
        <span className={styles.suiteTitle}>{title}</span>
        <span className={styles.suiteStatus} data-status={status}>
          {statusWords[status]}
        </span>
        <Actions suite={suite} />
      </div>
      <p className={shared.quiet}>
        {settingsText(suite.settings)} · {moment(createdAt)}
        {seconds > 0 && ` · took ${duration(seconds)}`}
      </p>
      {status !== 'finished' && total > 0 && (
        <div className={styles.suiteProgress}>
          <Progress value={(100 * done) / total} aria-label={`Progress of ${title}`} color={status === 'running' ? undefined : 'gray'} />
          <span className={shared.quiet}>
            {count(done)} of {count(total)}
          </span>
        </div>
      )}
      {error !== null && <ErrorCard error={error} />}
      {result !== null && <FigureList kind={kind} figures={result} />}
    </li>
  )
}

function Actions({ suite: { id, status } }: { readonly suite: ShownSuite }) {
  const queries = useQueryClient()
  const refresh = { onSettled: () => queries.invalidateQueries({ queryKey: orpc.evaluate.suites.key() }) }
  const cancelling = useMutation(orpc.evaluate.suites.cancel.mutationOptions(refresh))
  const resuming = useMutation(orpc.evaluate.suites.resume.mutationOptions(refresh))
  const removing = useMutation(orpc.evaluate.suites.remove.mutationOptions(refresh))
  const failed = [cancelling, resuming, removing].find(({ isError }) => isError)
  const isActive = status === 'queued' || status === 'running'
  return (
    <span className={styles.suiteActions}>
      {failed && <ErrorCard error={failed.error} />}
      {isActive && (
        <Button size="compact-xs" onClick={() => cancelling.mutate({ id })} loading={cancelling.isPending}>
          Cancel
        </Button>
      )}
      {!isActive && status !== 'finished' && (
        <Button size="compact-xs" onClick={() => resuming.mutate({ id })} loading={resuming.isPending}>
          Resume
        </Button>
      )}
      {!isActive && (
        <Button size="compact-xs" variant="subtle" color="gray" onClick={() => removing.mutate({ id })} loading={removing.isPending}>
          Delete
        </Button>
      )}
    </span>
  )
}
