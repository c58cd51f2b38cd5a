import type { RunKeeper } from '../api/run-keeper.ts'

/**
 * What happens when the user puts the machine to sleep (the application keeps it awake by itself during a run, but a lid can be closed).
 * A GPU's memory need not survive that, so runs rest, which stores all that is done, and go on with a new engine when the machine is back: those
 * that stopped because of the sleep and for nothing else. One that the user pauses, before or meanwhile, stays paused.
 */
export function sleepWell(keeper: Pick<RunKeeper, 'active' | 'rest' | 'wake'>, log: (line: string) => void) {
  let resting = new Map<string, Promise<boolean>>()
  return {
    suspend(): void {
      for (const id of keeper.active()) {
        if (resting.has(id)) continue
        log(`the machine goes to sleep: run ${id} rests`)
        resting.set(id, keeper.rest(id))
      }
    },
    async resume(): Promise<void> {
      const slept = resting
      resting = new Map()
      for (const [id, rested] of slept) {
        try {
          const goesOn = (await rested) && keeper.wake(id)
          log(`the machine is back: run ${id} ${goesOn ? 'goes on' : 'stays as it is'}`)
        } catch (error) {
          log(`run ${id} does not go on: ${String(error)}`)
        }
      }
    },
  }
}
