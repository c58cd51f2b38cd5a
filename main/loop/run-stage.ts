import { stopped } from '../shared/errors.ts'
import type { StageName } from '../shared/run-events.ts'
import type { RunContext, Stage } from './run-context.ts'
import { trainedIn } from './stages/early-end.ts'

/** A stage's results, for display. */
export type StageSummary = Readonly<Record<string, unknown>>

/** How often the elapsed time is stored during a stage, so that a kill loses little of it. */
const saveMs = 5000

/**
 * Runs one stage of one iteration, unless the store has it as finished. A stage is marked finished only after its results are stored; its
 * time is summed over all attempts. `work` may return a summary, or 'unfinished' if the stage must run again. Returns whether the stage is
 * finished.
 */
export async function runStage(
  context: RunContext,
  iteration: number,
  name: StageName,
  work: (stage: Stage) => Promise<StageSummary | 'unfinished'> | Promise<void>,
): Promise<boolean> {
  const { store, runId, tell } = context
  if (store.stages.find(runId, iteration, name)?.finishedAt != null) return true
  if (isOver(context, iteration, name)) throw stopped()
  store.stages.begin(runId, iteration, name)
  store.runs.setPlace(runId, iteration, name)
  tell({ kind: 'stage-started', iteration, stage: name })
  const clock = stageClock((seconds) => store.stages.spend(runId, iteration, name, seconds))
  const watched: RunContext['tell'] = (event) => {
    clock.tick()
    tell(event)
  }
  let summary: StageSummary | 'unfinished'
  try {
    summary = (await work({ ...context, tell: watched, iteration, stage: name })) ?? {}
  } finally {
    clock.save()
  }
  if (summary === 'unfinished') return false
  const result = summary
  store.transaction(() => {
    store.stages.finish(runId, iteration, name, result)
    const seconds = store.stages.find(runId, iteration, name)?.seconds ?? 0
    tell({ kind: 'stage-finished', iteration, stage: name, seconds, summary: result })
  })
  return true
}

function stageClock(spend: (seconds: number) => void): { tick(): void; save(): void } {
  let since = performance.now()
  const save = (): void => {
    const now = performance.now()
    spend((now - since) / 1000)
    since = now
  }
  return { save, tick: () => void (performance.now() - since >= saveMs && save()) }
}

/** Whether a stage must not start. A run that is ending early still enters a training that has started, to save its model. */
function isOver({ store, runId, stop, signal }: RunContext, iteration: number, name: StageName): boolean {
  if (!signal.aborted) return false
  if (stop.aborted || (name !== 'train' && name !== 'baseline')) return true
  const training = store.trainings.find(runId, trainedIn(iteration, name))
  return training === undefined || training.finishedAt !== null
}
