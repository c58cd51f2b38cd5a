import type { JobQueue } from '../app/jobs/job-queue.ts'

/**
 * Handles system suspend, such as a closed lid (during a run, the application already blocks idle sleep). GPU memory may not survive a
 * suspend, so jobs stop with everything stored and resume on a new engine afterwards. A job that the user paused, before or during the
 * suspend, stays paused.
 */
export function sleepWell(queue: Pick<JobQueue, 'active' | 'rest' | 'wake'>, log: (line: string) => void) {
  let resting = new Map<string, Promise<boolean>>()
  return {
    suspend(): void {
      for (const id of queue.active()) {
        if (resting.has(id)) continue
        log(`system is suspending: pausing ${id}`)
        resting.set(id, queue.rest(id))
      }
    },
    async resume(): Promise<void> {
      const slept = resting
      resting = new Map()
      for (const [id, rested] of slept) {
        try {
          const resumed = (await rested) && queue.wake(id)
          log(`system resumed: ${id} ${resumed ? 'continues' : 'stays paused'}`)
        } catch (error) {
          log(`couldn't resume ${id}: ${String(error)}`)
        }
      }
    },
  }
}
