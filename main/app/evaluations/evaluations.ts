import type { ShownEvaluation } from '../../shared/contract/evaluations-contract.ts'
import { LaurelError } from '../../shared/errors.ts'
import { evaluationSettings, labelsOf } from '../../shared/evaluation-settings.ts'
import type { Store } from '../../store/store.ts'
import { evaluationJob } from '../../store/tables/jobs-table.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { requestedEvaluations } from './shown-evaluations.ts'

/** Evaluations requested by hand, and what the user can do with each. */
export const evaluationsApi = (store: Store, queue: JobQueue) => ({
  list: (): ShownEvaluation[] => requestedEvaluations(store),
  /** Starts an evaluation, or queues it, and returns its id. */
  start(settings: unknown, title: string): number {
    const parsed = evaluationSettings.parse(settings)
    const id = store.evaluations.add({ kind: parsed.kind, title, ...labelsOf(parsed), settings: parsed })
    queue.start(evaluationJob(id))
    return id
  },
  /**
   * Pauses an evaluation after its current unit of work, in whichever process runs it; completed units are kept. Stored, so that it
   * survives a restart. Resolves when it has stopped.
   */
  pause: (id: number): Promise<void> => queue.pause(evaluationJob(store.evaluations.find(id).id)),
  /** Continues an evaluation that was paused, interrupted, or failed. */
  resume(id: number): void {
    const { status } = store.evaluations.find(id)
    if (status !== 'finished' && !store.jobs.isWorkedOn(evaluationJob(id))) queue.start(evaluationJob(id))
  },
  /** Throws BUSY if a process is working on it. */
  remove(id: number): void {
    store.evaluations.find(id)
    if (store.jobs.isWorkedOn(evaluationJob(id))) throw new LaurelError('BUSY', 'The evaluation is running.', 'Pause it first.')
    store.evaluations.remove(id)
  },
})
export type EvaluationsApi = ReturnType<typeof evaluationsApi>
