import { endNow, isTraining } from '../../loop/stages/early-end.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import type { Store } from '../../store/store.ts'
import type { JobRow } from '../../store/tables/jobs-table.ts'
import { type JobQueue, requestEnd } from '../jobs/job-queue.ts'
import { statusOf } from './show-run.ts'

/**
 * Ends a run early and keeps its results, in whichever process is running it; resolves when it has ended. If no process is running it but a
 * training was in progress, starts an engine to save that model in its current state. On failure, throws the cause and discards the
 * request, so that no later start ends the run unexpectedly.
 */
export async function stopAndKeep(store: Store, queue: JobQueue, idOrPrefix: string): Promise<void> {
  const { id } = store.runs.resolve(idOrPrefix)
  refuseWithoutResult(store.jobs.find(id))
  if (queue.isWorking(id)) await queue.conclude(id)
  else await requestEnd(store, id)
  const status = statusOf(store, store.runs.resolve(id))
  if (status !== 'finished' && status !== 'failed') {
    if (isTraining(store, id)) await queue.conclude(id)
    else endNow(store, id)
  }
  throwFailure(store, id)
}

function refuseWithoutResult(job: JobRow | undefined): void {
  if (job?.attempts === 0) throw badInput('The run hasn’t been started, so there is nothing to keep.', 'Start it, or remove it.')
  if (job?.state === 'finished') throw badInput('The run is already finished.', 'There is nothing to stop.')
}

/** If the requested end failed, throws the cause. */
function throwFailure(store: Store, id: string): void {
  const run = store.runs.resolve(id)
  if (statusOf(store, run) !== 'failed' || run.error === null) return
  const { code, message, remedy } = run.error
  throw new LaurelError(code, message, `${remedy} The run has not ended: choose Stop and keep again once the problem is fixed.`)
}
