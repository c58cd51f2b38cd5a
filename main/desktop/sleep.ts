import type { RunKeeper } from '../api/run-keeper.ts'

/**
 * What happens when the person puts the machine to sleep (the application keeps it awake by itself during a run, but a lid can be closed).
 * A GPU's memory need not survive that, so runs are asked to pause, which stores all that is done, and go on with a new engine when the
 * machine is back. Nothing is lost either way: a unit of work that the sleep broke is done again.
 */
export function sleepWell(keeper: RunKeeper, log: (line: string) => void) {
  let pausing = new Map<string, Promise<void>>()
  return {
    suspend(): void {
      for (const id of keeper.active()) {
        if (pausing.has(id)) continue
        log(`the machine goes to sleep: run ${id} pauses`)
        pausing.set(id, keeper.pause(id))
      }
    },
    async resume(): Promise<void> {
      const slept = pausing
      pausing = new Map()
      for (const [id, paused] of slept) {
        try {
          await paused
          keeper.start(id)
          log(`the machine is back: run ${id} goes on`)
        } catch (error) {
          log(`run ${id} does not go on: ${String(error)}`)
        }
      }
    },
  }
}
