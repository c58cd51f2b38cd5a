import type { ShownEvaluation } from '../../shared/contract/evaluations-contract.ts'
import { evaluationSettings } from '../../shared/evaluation-settings.ts'
import type { Store } from '../../store/store.ts'
import { isWorkedOn, type RequestedEvaluation } from '../../store/tables/evaluations-table.ts'

/**
 * Evaluations requested by hand, newest first. Omits those whose settings are of another version: one unreadable evaluation must not hide
 * the others.
 */
export const requestedEvaluations = (store: Store): ShownEvaluation[] =>
  store.evaluations.list().flatMap((evaluation) => {
    const { settings, owner: _, cancelRequested: __, ...shown } = evaluation
    const { data } = evaluationSettings.safeParse(settings)
    return data === undefined ? [] : [{ ...shown, run: null, settings: data, status: statusOf(evaluation) }]
  })

/** Evaluations that runs made of their models, newest run first. */
export const evaluationsOfRuns = (store: Store): ShownEvaluation[] =>
  store.evaluations.ofAllRuns().map(({ runId, runName, ...shown }) => ({
    ...shown,
    run: { id: runId, name: runName },
    ...{ settings: null, status: 'finished', error: null },
  }))

/** An evaluation whose process is gone is cancelled if the user requested that, otherwise interrupted. */
function statusOf(evaluation: RequestedEvaluation): ShownEvaluation['status'] {
  if (evaluation.status !== 'running' || isWorkedOn(evaluation)) return evaluation.status
  return evaluation.cancelRequested ? 'cancelled' : 'interrupted'
}
