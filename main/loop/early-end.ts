import { LaurelError } from '../common/errors.ts'
import type { RunRow } from '../store/runs.ts'
import type { Store } from '../store/store.ts'
import { type RunEvent, stageName } from './events.ts'
import { cutShort } from './train.ts'

/** Whether a person ended the run before its end. */
export const isEndedEarly = ({ status, endRequestedAt }: RunRow): boolean => status === 'finished' && endRequestedAt !== null

/** Throws where the run cannot be worked on any more. */
export function refuseEnded(run: RunRow): void {
  if (!isEndedEarly(run)) return
  throw new LaurelError(
    'BAD_INPUT',
    `Run ${run.id} was ended early, so it cannot go on.`,
    'Make another run from its recipe; it may start from one of its models.',
  )
}

/** The event that says what a person's early end left. */
export function endedEarly(store: Store, runId: string): RunEvent {
  const { iteration, stage } = store.runs.resolve(runId)
  const newest = store.models.ofRun(runId).at(-1)
  const cut = newest === undefined ? null : cutShort({ store, runId }, newest.name)
  const left = newest === undefined ? 'no model' : cut === null ? newest.name : `${newest.name} after ${cut}`
  const text = `Ended early by a person. Its newest model: ${left}.`
  return { kind: 'ended-early', iteration, stage: stageName.nullable().parse(stage) ?? 'seed-data', text }
}

/** Whether ending the run means work: a training was begun, whose model is still to be saved. */
export function isTraining(store: Store, runId: string): boolean {
  const { iteration, stage } = store.runs.resolve(runId)
  if (stage !== 'train' && stage !== 'baseline') return false
  const training = store.trainings.find(runId, trainedIn(iteration, stage))
  return training !== undefined && training.finishedAt === null
}

/** The model that a training stage makes. */
export const trainedIn = (iteration: number, stage: 'train' | 'baseline'): string => (stage === 'baseline' ? 'SFT' : `M${iteration + 1}`)

/** End a run that nobody works on and that has no training to save. Throws BUSY where somebody does. */
export function endNow(store: Store, runId: string): void {
  const token = store.locks.take(runId)
  try {
    store.transaction(() => {
      store.runs.requestEnd(runId)
      store.events.add(runId, endedEarly(store, runId))
      store.runs.setStatus(runId, 'finished')
      store.events.add(runId, { kind: 'status', status: 'finished', error: null } satisfies RunEvent)
    })
  } finally {
    store.locks.release(runId, token)
  }
}
