import type { Engine } from '../../engine/hosts/engine.ts'
import { storedRecipe } from '../../loop/recipe/stored-recipe.ts'
import type { Checker } from '../../loop/run-context.ts'
import type { Started } from '../../shared/contract/runs-contract.ts'
import type { RunStatus } from '../../shared/enums.ts'
import { LaurelError, toErrorValue } from '../../shared/errors.ts'
import type { Recipe } from '../../shared/recipe.ts'
import { isPassing, type RunEvent } from '../../shared/run-events.ts'
import { explainStoreError } from '../../store/database/store-error.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import type { LiveEvents } from './live-events.ts'
import type { EngineWish, RunsApi } from './runs.ts'
import { stopAndKeep } from './stop-and-keep.ts'

export interface RunManagerOptions {
  readonly store: Store
  readonly runs: RunsApi
  readonly live: LiveEvents
  readonly startEngine: (wish: EngineWish) => Promise<Engine>
  /** External evaluations that belong to a recipe (the demo's grading program). */
  readonly checkersOf: (recipe: Recipe) => readonly Checker[]
  /** Called when a run ends by itself: finished, waiting for review, or failed. */
  readonly onEnd?: (runId: string) => void
  readonly log?: (source: string, text: string) => void
}

/** A run in progress in this process. */
export interface Work {
  readonly stop: AbortController
  readonly conclude: AbortController
  /** Its final status; undefined if it failed, in which case the error is stored with the run and logged. */
  readonly ended: Promise<RunStatus | undefined>
}

/**
 * Runs training in the background of this process, one run at a time, since there is one accelerator. Further runs wait in a queue. A
 * user's request is stored before it is carried out.
 */
export function runManager({ store, runs, live, startEngine, checkersOf, onEnd = () => {}, log = () => {} }: RunManagerOptions) {
  const working = new Map<string, Work>()
  let isClosing = false

  /** Starts working on a run. Throws if it can't be started; any later failure is stored with the run. */
  function begin(id: string, conclude = new AbortController()): Work {
    const stop = new AbortController()
    const listener = (event: RunEvent): void => {
      if (isPassing(event) || store.runs.isUnsaved(id)) live.pass(id, event)
    }
    const checkers = checkersOf(storedRecipe(store.runs.resolve(id)))
    const signals = { signal: stop.signal, conclude: conclude.signal }
    const session = runs.begin(id, { startEngine, listener, checkers, ...signals, log: (text) => log(`run ${id}`, text) })
    const ended = session.ended
      .catch((error: unknown) => {
        log(`run ${id}`, `failed: ${toErrorValue(error).message}`)
        return undefined
      })
      .then((status) => {
        working.delete(id)
        attempt(id, () => {
          if (!stop.signal.aborted) onEnd(id)
          if (status !== 'stopped') startNext()
        })
        return status
      })
    const work = { stop, conclude, ended }
    working.set(id, work)
    return work
  }

  const otherThan = (id: string): RunRow | undefined => {
    const other = [...working.keys()].find((runId) => runId !== id)
    return other === undefined ? undefined : store.runs.resolve(other)
  }

  /** Starts the next queued run after one has ended by itself. Not after a pause: the user wants the machine for something else. */
  function startNext(): void {
    if (isClosing || working.size > 0) return
    for (const { id } of store.runs.queued()) {
      try {
        begin(id)
        return
      } catch (error) {
        const { code, message } = toErrorValue(error)
        log(`run ${id}`, `couldn't start from the queue: ${message}`)
        if (code === 'DISK_FULL') return // the others would fail the same way; they stay in the queue
        store.runs.leaveQueue(id)
      }
    }
  }

  /** Runs a step whose failure must not block the others, for example when the database can't be written. */
  function attempt(id: string, step: () => void): void {
    try {
      step()
    } catch (error) {
      log(`run ${id}`, toErrorValue(explainStoreError(error)).message)
    }
  }

  function start(idOrPrefix: string): Started {
    const run = store.runs.resolve(idOrPrefix)
    const work = working.get(run.id)
    if (work?.stop.signal.aborted) throw new LaurelError('BUSY', `Run ${run.id} is pausing.`, 'Start it again after it has paused.')
    if (work !== undefined) return { state: 'started', after: null }
    runs.mustBeStartable(run)
    const other = otherThan(run.id)
    if (other === undefined) {
      begin(run.id)
      return { state: 'started', after: null }
    }
    store.transaction(() => {
      store.runs.setWanted(run.id, 'work')
      store.runs.queue(run.id)
    })
    return { state: 'queued', after: { id: other.id, name: other.name } }
  }

  return {
    /** Ids of the runs in progress in this process. */
    active: (): string[] => [...working.keys()],

    /**
     * Starts or resumes a run. Calling it twice has no further effect. If this process is running another one, the run is queued behind it.
     * Throws BUSY if another process is running it, and BAD_INPUT if it waits for a review.
     */
    start,

    /**
     * Confirms that the user has reviewed this iteration's pairs, and resumes the run. Throws BAD_INPUT if the run doesn't wait for that.
     */
    confirmReview(idOrPrefix: string, iteration: number): Started {
      runs.confirmReview(idOrPrefix, iteration)
      return start(idOrPrefix)
    },

    /**
     * Pauses a run after its current unit of work, in this or another process, or removes it from the queue; resolves when it has stopped.
     */
    async pause(idOrPrefix: string): Promise<void> {
      const { id } = store.runs.resolve(idOrPrefix)
      const work = working.get(id)
      if (work === undefined) return void (await runs.stop(id))
      attempt(id, () => {
        store.runs.setWanted(id, 'pause')
        store.locks.requestStop(id) // visible to every page
      })
      work.stop.abort()
      await work.ended
    },

    /** Pauses a run because the machine goes to sleep, without recording a user request. Returns whether this alone stopped it. */
    async rest(id: string): Promise<boolean> {
      const work = working.get(id)
      if (work === undefined || work.stop.signal.aborted) return false
      work.stop.abort()
      return (await work.ended) === 'stopped'
    },

    /** Resumes a run that paused for sleep, unless the user has paused it since. Returns whether it resumes. */
    wake(id: string): boolean {
      const run = store.runs.find(id)
      if (run?.status !== 'stopped' || run.wanted !== 'work') return false
      start(id)
      return true
    },

    /**
     * Ends a run early and keeps its results, in whichever process it is running; resolves when it has ended. If no process is running it
     * but a training was in progress, starts an engine to save that model in its current state. On failure, throws the error and discards
     * the request, so the user has to ask again.
     */
    stopAndKeep: (idOrPrefix: string): Promise<void> =>
      stopAndKeep({ store, runs, working, begin, mustBeFree: refuseSecond }, store.runs.resolve(idOrPrefix)),

    /** Pauses all runs before the application exits. */
    async close(): Promise<void> {
      isClosing = true
      for (const { stop } of working.values()) stop.abort()
      await Promise.all([...working.values()].map(({ ended }) => ended))
    },
  }

  function refuseSecond(id: string): void {
    const other = otherThan(id)
    if (other === undefined) return
    throw new LaurelError('BUSY', `Run ${other.id} (${other.name}) is running.`, 'Pause it first: only one run can be running.')
  }
}
export type RunManager = ReturnType<typeof runManager>
