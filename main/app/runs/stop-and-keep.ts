import { endNow, isTraining } from '../../loop/stages/early-end.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import type { Work } from './run-manager.ts'
import type { RunsApi } from './runs.ts'
import { isWorkedOn, statusOf } from './show-run.ts'

export interface EndingTools {
  readonly store: Store
  readonly runs: RunsApi
  readonly working: ReadonlyMap<string, Work>
  readonly begin: (id: string, conclude: AbortController) => Work
  /** Throws if this process is running another one. */
  readonly mustBeFree: (id: string) => void
}

/**
 * Ends a run early and keeps its results, in whichever process it is running. On failure, throws the cause and discards the request, so
 * that no later start ends the run unexpectedly.
 */
export async function stopAndKeep({ store, runs, working, begin, mustBeFree }: EndingTools, run: RunRow): Promise<void> {
  const { id } = run
  refuseWithoutResult(run.status)

  async function endHere(): Promise<void> {
    mustBeFree(id)
    const conclude = new AbortController()
    conclude.abort()
    store.runs.requestEnd(id)
    const here = working.get(id)
    here?.conclude.abort()
    await (here ?? begin(id, conclude)).ended
  }

  if (working.has(id)) await endHere()
  else if (isWorkedOn(store, id)) await runs.end(id)
  const status = statusOf(store, store.runs.resolve(id))
  if (status !== 'finished' && status !== 'failed') {
    if (isTraining(store, id)) await endHere()
    else endNow(store, id)
  }
  throwFailure(store, id)
}

function refuseWithoutResult(status: string): void {
  if (status === 'created') throw badInput('The run hasn’t been started, so there is nothing to keep.', 'Start it, or remove it.')
  if (status === 'finished') throw badInput('The run is already finished.', 'There is nothing to stop.')
}

/** If the requested end failed, throws the cause. */
function throwFailure(store: Store, id: string): void {
  const run = store.runs.resolve(id)
  if (statusOf(store, run) !== 'failed' || run.error === null) return
  const { code, message, remedy } = run.error
  throw new LaurelError(code, message, `${remedy} The run has not ended: choose Stop and keep again once the problem is fixed.`)
}
