import { LaurelError } from '../common/errors.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import type { Checker } from '../loop/context.ts'
import { isPassing } from '../loop/events.ts'
import type { Recipe } from '../loop/recipe.ts'
import type { LiveEvents } from './live-events.ts'
import type { EngineWish, RunsApi } from './runs.ts'

export interface KeeperOptions {
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
  readonly ended: Promise<void>
}

/**
 * Works on runs in the background of this process, one at a time: there is one accelerator. What goes wrong is stored with the run by the
 * loop itself, so nobody has to wait for the end.
 */
export function runKeeper({ runs, live, startEngine, checkersOf, onEnd = () => {} }: KeeperOptions) {
  const working = new Map<string, Work>()

  function refuseSecond(id: string): void {
    const other = [...working.keys()].find((runId) => runId !== id)
    if (other === undefined) return
    throw new LaurelError('BUSY', `Run ${other} is being worked on.`, 'Pause it first: runs are worked on one at a time.')
  }

  return {
    /** Ids of the runs worked on here. */
    active: (): string[] => [...working.keys()],

    start(idOrPrefix: string): void {
      const { id, recipe } = runs.show(idOrPrefix)
      if (working.has(id)) return
      refuseSecond(id)
      const stop = new AbortController()
      const listener = (event: Parameters<LiveEvents['pass']>[1]): void => {
        if (isPassing(event)) live.pass(id, event)
      }
      const ended = runs
        .work(id, { startEngine, listener, signal: stop.signal, checkers: checkersOf(recipe) })
        .then(
          () => {},
          () => {}, // stored with the run
        )
        .finally(() => {
          working.delete(id)
          if (!stop.signal.aborted) onEnd(id)
        })
      working.set(id, { stop, ended })
    },

    /** Stops a run after its current unit of work, here or in another process; resolves when it has stopped. */
    async pause(idOrPrefix: string): Promise<void> {
      const { id } = runs.show(idOrPrefix)
      const work = working.get(id)
      if (work === undefined) return void (await runs.stop(id))
      work.stop.abort()
      await work.ended
    },

    /** Pauses everything, for the application's end. */
    async close(): Promise<void> {
      for (const { stop } of working.values()) stop.abort()
      await Promise.all([...working.values()].map(({ ended }) => ended))
    },
  }
}
export type RunKeeper = ReturnType<typeof runKeeper>
