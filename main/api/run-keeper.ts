import { LaurelError, toErrorValue } from '../common/errors.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import type { Checker } from '../loop/context.ts'
import { isPassing, type RunEvent } from '../loop/events.ts'
import type { Recipe } from '../loop/recipe.ts'
import { storedRecipe } from '../loop/stored-recipe.ts'
import type { RunRow } from '../store/runs.ts'
import type { Store } from '../store/store.ts'
import { explainStoreError } from '../store/store-error.ts'
import type { RunStatus } from '../store/words.ts'
import type { Started } from './contract/runs.ts'
import type { LiveEvents } from './live-events.ts'
import type { EngineWish, RunsApi } from './runs.ts'
import { stopAndKeep } from './stop-and-keep.ts'

export interface KeeperOptions {
  readonly store: Store
  readonly runs: RunsApi
  readonly live: LiveEvents
  readonly startEngine: (wish: EngineWish) => Promise<Engine>
  /** Evaluations from outside that belong to a recipe (the demo's grading program). */
  readonly checkersOf: (recipe: Recipe) => readonly Checker[]
  /** Called where a run ends by itself: it is finished, waits for a review, or has failed. */
  readonly onEnd?: (runId: string) => void
  readonly log?: (source: string, text: string) => void
}

/** A run that is worked on here. */
export interface Work {
  readonly stop: AbortController
  readonly conclude: AbortController
  /** Its status when the work has ended; undefined where it failed, which is stored with the run and logged. */
  readonly ended: Promise<RunStatus | undefined>
}

/**
 * Works on runs in the background of this process, one at a time: there is one accelerator. A run that is started while another one works waits in
 * a queue. What the user wants of a run is stored before it is done.
 */
export function runKeeper({ store, runs, live, startEngine, checkersOf, onEnd = () => {}, log = () => {} }: KeeperOptions) {
  const working = new Map<string, Work>()
  let isClosing = false

  /** Works on a run from now on. Throws where it can't be taken; from then on everything that goes wrong is stored with the run. */
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
        log(`run ${id}`, `ended with an error: ${toErrorValue(error).message}`)
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

  /** The run at work has ended by itself: the next one in the queue begins. After a pause none does: the user wants the machine for something else. */
  function startNext(): void {
    if (isClosing || working.size > 0) return
    for (const { id } of store.runs.queued()) {
      try {
        begin(id)
        return
      } catch (error) {
        const { code, message } = toErrorValue(error)
        log(`run ${id}`, `could not be started from the queue: ${message}`)
        if (code === 'DISK_FULL') return // the others would fail alike; they keep their places
        store.runs.leaveQueue(id)
      }
    }
  }

  /** Does what must not keep anything else from being done, where the database can't take it. */
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
    if (work?.stop.signal.aborted) throw new LaurelError('BUSY', `Run ${run.id} is pausing.`, 'Start it again when it has paused.')
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
    /** Ids of the runs worked on here. */
    active: (): string[] => [...working.keys()],

    /**
     * Starts a run, or goes on with it. Twice is once. Where another run is worked on here it starts when that one has ended. Throws BUSY where
     * another process works on it, and BAD_INPUT where it waits for a review.
     */
    start,

    /** The user has reviewed the pairs of this iteration, for which the run waits: it goes on with them. Throws BAD_INPUT where it does not wait. */
    confirmReview(idOrPrefix: string, iteration: number): Started {
      runs.confirmReview(idOrPrefix, iteration)
      return start(idOrPrefix)
    },

    /** Stops a run after its current unit of work, here or in another process, or takes it out of the queue; resolves when it has stopped. */
    async pause(idOrPrefix: string): Promise<void> {
      const { id } = store.runs.resolve(idOrPrefix)
      const work = working.get(id)
      if (work === undefined) return void (await runs.stop(id))
      attempt(id, () => {
        store.runs.setWanted(id, 'pause')
        store.locks.requestStop(id) // so that every window sees it
      })
      work.stop.abort()
      await work.ended
    },

    /** The machine goes to sleep: pauses a run without the user's word. Gives whether this, and nothing else, is why it stopped. */
    async rest(id: string): Promise<boolean> {
      const work = working.get(id)
      if (work === undefined || work.stop.signal.aborted) return false
      work.stop.abort()
      return (await work.ended) === 'stopped'
    },

    /** The machine is back: goes on with a run that rested, unless the user wants it paused by now. Gives whether it goes on. */
    wake(id: string): boolean {
      const run = store.runs.find(id)
      if (run?.status !== 'stopped' || run.wanted !== 'work') return false
      start(id)
      return true
    },

    /**
     * Ends a run early and keeps what it has, wherever it is worked on; resolves when it has ended. Where no process works on it but a training
     * was under way, an engine is started to save that model as it is. Where it fails, that is thrown and the wish is forgotten: ask again.
     */
    stopAndKeep: (idOrPrefix: string): Promise<void> =>
      stopAndKeep({ store, runs, working, begin, mustBeFree: refuseSecond }, store.runs.resolve(idOrPrefix)),

    /** Pauses everything, for the application's end. */
    async close(): Promise<void> {
      isClosing = true
      for (const { stop } of working.values()) stop.abort()
      await Promise.all([...working.values()].map(({ ended }) => ended))
    },
  }

  function refuseSecond(id: string): void {
    const other = otherThan(id)
    if (other === undefined) return
    throw new LaurelError(
      'BUSY',
      `Run ${other.id} (${other.name}) is being worked on.`,
      'Pause it first: runs are worked on one at a time.',
    )
  }
}
export type RunKeeper = ReturnType<typeof runKeeper>
