import type { RunManager } from '../app/runs/run-manager.ts'

/**
 * Handles system suspend, such as a closed lid (during a run, the application already blocks idle sleep). GPU memory may not survive a
 * suspend, so runs stop with everything stored and resume on a new engine afterwards. A run that the user paused, before or during the
 * suspend, stays paused.
 */
export function sleepWell(keeper: Pick<RunManager, 'active' | 'rest' | 'wake'>, log: (line: string) => void) {
  let resting = new Map<string, Promise<boolean>>()
  return {
    suspend(): void {
      for (const id of keeper.active()) {
        if (resting.has(id)) continue
        log(`system is suspending: pausing run ${id}`)
        resting.set(id, keeper.rest(id))
      }
    },
    async resume(): Promise<void> {
      const slept = resting
      resting = new Map()
      for (const [id, rested] of slept) {
        try {
          const resumed = (await rested) && keeper.wake(id)
          log(`system resumed: run ${id} ${resumed ? 'continues' : 'stays paused'}`)
        } catch (error) {
          log(`couldn't resume run ${id}: ${String(error)}`)
        }
      }
    },
  }
}
