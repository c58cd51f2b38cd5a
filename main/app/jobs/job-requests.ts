import { setTimeout as sleep } from 'node:timers/promises'
import { isActive, type ShownStatus } from '../../shared/contract/runs-contract.ts'
import type { JobState } from '../../shared/enums.ts'
import type { Store } from '../../store/store.ts'

/** A job's actual state, even if the process that last wrote it is gone. */
export function shownState(store: Store, id: string, state: JobState): ShownStatus {
  if (!isActive(state) || store.jobs.isWorkedOn(id)) return state
  return state === 'pausing' ? 'paused' : 'interrupted'
}

/** Interval for checking whether another process has stopped, milliseconds. */
const pollMs = 100

/**
 * Pauses a job in whichever process runs it, or removes it from the queue; resolves when it has stopped. The request is stored, so it
 * holds after a restart. Returns false if no process was working on it.
 */
export async function requestPause(store: Store, id: string, signal?: AbortSignal): Promise<boolean> {
  store.jobs.leaveQueue(id)
  store.jobs.request(id, 'pause')
  if (store.jobs.isWorkedOn(id)) {
    await released(store, id, signal)
    return true
  }
  const wasKilled = ['pausing', 'finishing'].includes(store.jobs.find(id)?.state ?? '')
  if (wasKilled) store.jobs.end(id, { state: 'paused', error: null })
  return false
}

/** Ends a job early in whichever process runs it; resolves when it has ended. Returns false if no process was working on it. */
export async function requestEnd(store: Store, id: string, signal?: AbortSignal): Promise<boolean> {
  if (!store.jobs.isWorkedOn(id)) return false
  store.jobs.request(id, 'end')
  await released(store, id, signal)
  return true
}

/** Resolves when the process that runs it has released it, or is gone. */
async function released(store: Store, id: string, signal?: AbortSignal): Promise<void> {
  const token = store.jobs.find(id)?.token
  while (store.jobs.find(id)?.token === token && store.jobs.isWorkedOn(id)) await sleep(pollMs, undefined, { signal })
}
