import type { ShownEvaluation } from '../../shared/contract/evaluations-contract.ts'
import { evaluationSettings } from '../../shared/evaluation-settings.ts'
import type { Store } from '../../store/store.ts'
import { evaluationJob } from '../../store/tables/jobs-table.ts'
import { shownState } from '../jobs/job-requests.ts'

/**
 * Evaluations requested by hand, newest first. Omits those whose settings are of another version: one unreadable evaluation must not hide
 * the others.
 */
export const requestedEvaluations = (store: Store): ShownEvaluation[] =>
  store.evaluations.list().flatMap((evaluation) => {
    const { settings, wanted: _, ...shown } = evaluation
    const { data } = evaluationSettings.safeParse(settings)
    return data === undefined
      ? []
      : [{ ...shown, run: null, settings: data, status: shownState(store, evaluationJob(shown.id), shown.status) }]
  })

/** Evaluations that runs made of their models, newest run first. */
export const evaluationsOfRuns = (store: Store): ShownEvaluation[] =>
  store.evaluations.ofAllRuns().map(({ runId, runName, ...shown }) => ({
    ...shown,
    run: { id: runId, name: runName },
    ...{ settings: null, status: 'finished', error: null, finishedAt: shown.createdAt },
  }))
