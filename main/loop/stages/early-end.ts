import { LaurelError } from '../../shared/errors.ts'
import { type RunEvent, stageName } from '../../shared/run-events.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { cutShort } from './train-model.ts'

/** Whether the user ended the run early. */
export const isEndedEarly = ({ status, wanted }: RunRow): boolean => status === 'finished' && wanted === 'end'

/** Throws if the run can't be resumed. */
export function refuseEnded(run: RunRow): void {
  if (!isEndedEarly(run)) return
  throw new LaurelError(
    'BAD_INPUT',
    `Run ${run.id} was ended early, so it can't be resumed.`,
    'Start a new run from its recipe. It can use one of its models as the base model.',
  )
}

/** The event that reports where the user's early end left the run. */
export function endedEarly(store: Store, runId: string): RunEvent {
  const { iteration, stage } = store.runs.resolve(runId)
  const newest = store.models.ofRun(runId).at(-1)
  const cut = newest === undefined ? null : cutShort({ store, runId }, newest.name)
  const left = newest === undefined ? 'no model' : cut === null ? newest.name : `${newest.name} after ${cut}`
  const text = `Ended early by the user. Newest model: ${left}.`
  return { kind: 'ended-early', iteration, stage: stageName.nullable().parse(stage) ?? 'seed-data', text }
}

/** Whether ending the run takes work: a training is in progress, and its model must be saved. */
export function isTraining(store: Store, runId: string): boolean {
  const { iteration, stage } = store.runs.resolve(runId)
  if (stage !== 'train' && stage !== 'baseline') return false
  const training = store.trainings.find(runId, trainedIn(iteration, stage))
  return training !== undefined && training.finishedAt === null
}

/** The model that a training stage produces. */
export const trainedIn = (iteration: number, stage: 'train' | 'baseline'): string => (stage === 'baseline' ? 'SFT' : `M${iteration + 1}`)

/** Ends a run that no process is running and that has no training to save. Throws BUSY if a process is running it. */
export function endNow(store: Store, runId: string): void {
  const token = store.jobs.reserve(runId)
  try {
    store.transaction(() => {
      store.jobs.request(runId, 'end')
      store.events.add(runId, endedEarly(store, runId))
      store.jobs.end(runId, { state: 'finished', error: null }, { isEarly: true })
      store.events.add(runId, { kind: 'status', status: 'finished', error: null } satisfies RunEvent)
    })
  } finally {
    store.jobs.release(runId, token)
  }
}
