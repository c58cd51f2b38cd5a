import { badInput, LaurelError } from '../common/errors.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import type { Checker } from '../loop/context.ts'
import { endNow, isTraining, refuseEnded } from '../loop/early-end.ts'
import { isPassing } from '../loop/events.ts'
import { type Recipe, recipe as recipeSchema } from '../loop/recipe.ts'
import type { Store } from '../store/store.ts'
import type { LiveEvents } from './live-events.ts'
import type { EngineWish, RunsApi } from './runs.ts'
import { isWorkedOn, statusOf } from './show-run.ts'

export interface KeeperOptions {
  readonly store: Store
  readonly runs: RunsApi
  readonly live: LiveEvents
  readonly startEngine: (wish: EngineWish) => Promise<Engine>
  /** Evaluations from outside that belong to a recipe (the demo's grading program). */
  readonly checkersOf: (recipe: Recipe) => readonly Checker[]
  /** Told where a run ends by itself: it is finished, waits for a review, or has failed. */
  readonly onEnd?: (runId: string) => void
}

interface Work {
  readonly stop: AbortController
  readonly conclude: AbortController
  readonly ended: Promise<void>
}

/**
 * Works on runs in the background of this process, one at a time: there is one accelerator. What goes wrong is stored with the run by the
 * loop itself, so nobody has to wait for the end.
 */
export function runKeeper({ store, runs, live, startEngine, checkersOf, onEnd = () => {} }: KeeperOptions) {
  const working = new Map<string, Work>()

  function refuseSecond(id: string): void {
    const other = [...working.keys()].find((runId) => runId !== id)
    if (other === undefined) return
    throw new LaurelError('BUSY', `Run ${other} is being worked on.`, 'Pause it first: runs are worked on one at a time.')
  }

  function begin(id: string): Work {
    const stop = new AbortController()
    const conclude = new AbortController()
    const listener = (event: Parameters<LiveEvents['pass']>[1]): void => {
      if (isPassing(event)) live.pass(id, event)
    }
    const checkers = checkersOf(recipeSchema.parse(store.runs.resolve(id).recipe))
    const ended = runs
      .work(id, { startEngine, listener, signal: stop.signal, conclude: conclude.signal, checkers })
      .then(
        () => {},
        () => {}, // stored with the run
      )
      .finally(() => {
        working.delete(id)
        if (!stop.signal.aborted) onEnd(id)
      })
    const work = { stop, conclude, ended }
    working.set(id, work)
    return work
  }

  async function endHere(id: string): Promise<void> {
    refuseSecond(id)
    store.runs.requestEnd(id)
    const work = working.get(id) ?? begin(id)
    work.conclude.abort()
    await work.ended
  }

  return {
    /** Ids of the runs worked on here. */
    active: (): string[] => [...working.keys()],

    /** Twice is once. Throws BUSY where another run is worked on here, or this one elsewhere. */
    start(idOrPrefix: string): void {
      const run = store.runs.resolve(idOrPrefix)
      if (working.has(run.id)) return
      refuseEnded(run)
      if (isWorkedOn(store, run.id)) {
        const { pid, host } = store.locks.find(run.id)!
        throw new LaurelError('BUSY', `Process ${pid} on ${host} works on run ${run.id}.`, 'Pause it; then it can be started here.')
      }
      refuseSecond(run.id)
      begin(run.id)
    },

    /** Stops a run after its current unit of work, here or in another process; resolves when it has stopped. */
    async pause(idOrPrefix: string): Promise<void> {
      const { id } = store.runs.resolve(idOrPrefix)
      const work = working.get(id)
      if (work === undefined) return void (await runs.stop(id))
      store.locks.requestStop(id) // so that every window sees it
      work.stop.abort()
      await work.ended
    },

    /**
     * Ends a run early and keeps what it has, wherever it is worked on; resolves when it has ended. Where nobody works on it but a training
     * was under way, an engine is started to save that model as it is.
     */
    async stopAndKeep(idOrPrefix: string): Promise<void> {
      const run = store.runs.resolve(idOrPrefix)
      const { id } = run
      refuseWithoutResult(run.status)
      if (working.has(id) || (!isWorkedOn(store, id) && isTraining(store, id))) await endHere(id)
      else if (!(await runs.end(id))) endNow(store, id)
      throwFailure(id)
    },

    /** Pauses everything, for the application's end. */
    async close(): Promise<void> {
      for (const { stop } of working.values()) stop.abort()
      await Promise.all([...working.values()].map(({ ended }) => ended))
    },
  }

  function refuseWithoutResult(status: string): void {
    if (status === 'created') throw badInput('The run has not been started, so there is nothing to keep.', 'Start it, or remove it.')
    if (status === 'finished') throw badInput('The run is finished.', 'There is nothing left to stop.')
  }

  /** The end that was asked for did not come about: what went wrong instead is what the person should hear. */
  function throwFailure(id: string): void {
    const run = store.runs.resolve(id)
    if (statusOf(store, run) !== 'failed' || run.error === null) return
    const { code, message, remedy } = run.error
    throw new LaurelError(code, message, remedy)
  }
}
export type RunKeeper = ReturnType<typeof runKeeper>
