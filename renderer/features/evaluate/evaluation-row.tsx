import { Button, Progress } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ShownEvaluation, ShownEvaluationStatus } from '../../../main/shared/contract/evaluations-contract.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { count, duration, moment } from '../../components/format.ts'
import shared from './evaluate.module.css'
import styles from './evaluations.module.css'
import { FigureList } from './figure-list.tsx'
import { kindName, settingsText } from './words.ts'

const statusWords: Readonly<Record<ShownEvaluationStatus, string>> = {
  queued: 'queued',
  running: 'running',
  cancelled: 'cancelled',
  failed: 'failed',
  finished: 'finished',
  interrupted: 'interrupted',
}

/** An evaluation's settings, progress, result, and actions. */
export function EvaluationRow({ evaluation }: { readonly evaluation: ShownEvaluation }) {
  const { kind, title, status, done, total, seconds, result, error, settings, createdAt } = evaluation
  return (
    <li className={styles.evaluation} aria-label={`${kindName(kind)}: ${title}`}>
      <div className={styles.head}>
        <span className={styles.kind}>{kindName(kind)}</span>
        <span className={styles.title}>{title}</span>
        <span className={styles.status} data-status={status}>
          {statusWords[status]}
        </span>
        <Actions evaluation={evaluation} />
      </div>
      <p className={shared.quiet}>
        {settings !== null && `${settingsText(settings)} · `}
        {moment(createdAt)}
        {seconds > 0 && ` · took ${duration(seconds)}`}
      </p>
      {status !== 'finished' && total > 0 && (
        <div className={styles.progress}>
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

function Actions({ evaluation: { id, status } }: { readonly evaluation: ShownEvaluation }) {
  const queries = useQueryClient()
  const refresh = { onSettled: () => queries.invalidateQueries({ queryKey: orpc.evaluate.list.key() }) }
  const cancelling = useMutation(orpc.evaluate.cancel.mutationOptions(refresh))
  const resuming = useMutation(orpc.evaluate.resume.mutationOptions(refresh))
  const removing = useMutation(orpc.evaluate.remove.mutationOptions(refresh))
  const failed = [cancelling, resuming, removing].find(({ isError }) => isError)
  const isActive = status === 'queued' || status === 'running'
  return (
    <span className={styles.actions}>
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
