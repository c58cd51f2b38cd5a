import { Button, Progress } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ShownEvaluation } from '../../../main/shared/contract/evaluations-contract.ts'
import { isActive } from '../../../main/shared/contract/runs-contract.ts'
import { engineUseText } from '../../../main/shared/engine-use-text.ts'
import { client, orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { count, dot, duration, moment } from '../../components/format.ts'
import { statusWords } from '../../components/status-dot.tsx'
import { useRemoval } from '../../components/use-removal.ts'
import shared from './evaluate.module.css'
import { EvaluationAnswers } from './evaluation-answers.tsx'
import styles from './evaluations.module.css'
import { FigureList } from './figure-list.tsx'
import { kindName, settingsText } from './words.ts'

/** An evaluation's settings, progress, result, and actions. */
export function EvaluationRow({ evaluation }: { readonly evaluation: ShownEvaluation }) {
  const [isReading, setReading] = useState(false)
  const { kind, title, status, done, total, seconds, result, error, settings, createdAt, engineUsage } = evaluation
  return (
    <li className={styles.evaluation} aria-label={`${kindName(kind)}: ${title}`}>
      <div className={styles.head}>
        <span className={styles.kind}>{kindName(kind)}</span>
        <span className={styles.title}>{title}</span>
        <span className={styles.status} data-status={status}>
          {statusWords[status]}
        </span>
        <Actions evaluation={evaluation} onRead={() => setReading(true)} />
      </div>
      <p className={shared.quiet}>
        {settings !== null && `${settingsText(settings)}${dot}`}
        {moment(createdAt)}
        {seconds > 0 && `${dot}took ${duration(seconds)}`}
      </p>
      {engineUsage.length > 0 && <p className={shared.quiet}>Asked {engineUsage.map(engineUseText).join('; ')}</p>}
      {status !== 'finished' && total > 0 && (
        <div className={styles.progress}>
          <Progress value={(100 * done) / total} aria-label={`Progress of ${title}`} color={isActive(status) ? undefined : 'gray'} />
          <span className={shared.quiet}>
            {count(done)} of {count(total)}
          </span>
        </div>
      )}
      {error !== null && <ErrorCard error={error} />}
      {result !== null && <FigureList kind={kind} figures={result} />}
      {isReading && <EvaluationAnswers evaluation={evaluation} onClose={() => setReading(false)} />}
    </li>
  )
}

/** Kinds whose models answer prompts one by one. */
const hasAnswers = ({ kind, done }: ShownEvaluation): boolean => done > 0 && ['head-to-head', 'accuracy', 'ifeval'].includes(kind)

interface ActionsProps {
  readonly evaluation: ShownEvaluation
  readonly onRead: () => void
}

function Actions({ evaluation, onRead }: ActionsProps) {
  const { id, status, title } = evaluation
  const queries = useQueryClient()
  const refresh = { onSettled: () => queries.invalidateQueries({ queryKey: orpc.evaluate.list.key() }) }
  const pausing = useMutation(orpc.evaluate.pause.mutationOptions(refresh))
  const resuming = useMutation(orpc.evaluate.resume.mutationOptions(refresh))
  const removing = useRemoval<{ id: number }>({
    ...{ text: `Deleted the evaluation ${title}.`, remove: client.evaluate.remove, undo: client.evaluate.undoRemove },
    queryKey: orpc.evaluate.key(),
  })
  const failed = [pausing, resuming, removing].find(({ isError }) => isError)
  const isPending = status === 'queued' || isActive(status)
  return (
    <span className={styles.actions}>
      {failed && <ErrorCard error={failed.error} />}
      {hasAnswers(evaluation) && (
        <Button size="compact-xs" onClick={onRead}>
          Answers
        </Button>
      )}
      {isPending && (
        <Button size="compact-xs" onClick={() => pausing.mutate({ id })} loading={pausing.isPending || status === 'pausing'}>
          {status === 'queued' ? 'Remove from queue' : 'Pause'}
        </Button>
      )}
      {!isPending && status !== 'finished' && (
        <Button size="compact-xs" onClick={() => resuming.mutate({ id })} loading={resuming.isPending}>
          Resume
        </Button>
      )}
      {!isPending && (
        <Button size="compact-xs" variant="subtle" color="gray" onClick={() => removing.mutate({ id })} loading={removing.isPending}>
          Delete
        </Button>
      )}
    </span>
  )
}
