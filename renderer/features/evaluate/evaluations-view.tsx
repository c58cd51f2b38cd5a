import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'wouter'
import { isActive } from '../../../main/shared/contract/runs-contract.ts'
import { submitProps } from '../../actions/action-button.tsx'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { useUsableModels } from '../../components/model-select.tsx'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import styles from './evaluate.module.css'
import { evaluateActions } from './evaluate-actions.ts'
import { EvaluationRow } from './evaluation-row.tsx'
import listStyles from './evaluations.module.css'
import { NewEvaluationDialog } from './new-evaluation-dialog.tsx'

/** Polling interval while an evaluation is running. */
const pollMs = 500

/** Manual evaluations: queued, running, and finished. */
export function EvaluationsView() {
  const [parameters, setParameters] = useSearchParams() // `?new` opens the form, `?model=ID&against=ID` with these models, `?run=ID` with its newest
  const [run, against] = [parameters.get('run'), parameters.get('against')]
  const newest = useUsableModels().findLast(({ origin }) => run !== null && origin?.runId === run)
  const model = parameters.get('model') ?? newest?.id ?? null
  const isNew = parameters.has('new') || model !== null
  const close = (): void => setParameters({}, { replace: true })
  const evaluations = useQuery(
    orpc.evaluate.list.queryOptions({
      staleTime: 0,
      refetchInterval: ({ state }) => (state.data?.some(({ status }) => status === 'queued' || isActive(status)) ? pollMs : false),
    }),
  )
  const begin = (
    <Button
      {...submitProps({ ...evaluateActions.actions.newEvaluation, name: 'newEvaluation', enabled: true })}
      variant="filled"
      leftSection={<IconPlus size={14} aria-hidden />}
      onClick={() => setParameters({ new: '' }, { replace: true })}
    >
      {evaluateActions.actions.newEvaluation.title}
    </Button>
  )
  return (
    <>
      <QueryView query={evaluations}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState title="No evaluations of your own yet" actions={begin}>
              Compare two models with a judge, grade one with MT-Bench, measure how well a judge agrees with humans, grade answers with the
              demo’s program, or measure a model’s likelihood of text it wasn’t trained on. Evaluations run in the background, one after
              another.
            </EmptyState>
          ) : (
            <>
              <div className={styles.bar}>{begin}</div>
              <Panel flush>
                <ul className={listStyles.list}>
                  {list.map((evaluation) => (
                    <EvaluationRow key={evaluation.id} evaluation={evaluation} />
                  ))}
                </ul>
              </Panel>
            </>
          )
        }
      </QueryView>
      {isNew && <NewEvaluationDialog start={{ model, against }} onClose={close} />}
    </>
  )
}
