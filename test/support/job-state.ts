import { hostname } from 'node:os'
import Sqlite from 'better-sqlite3'
import type { JobState } from '../../main/shared/enums.ts'
import type { Store } from '../../main/store/store.ts'

/** Sets a job's state directly, without a lease: `running` is then as a killed process leaves it. */
export function setJobState(store: Store, id: string, state: JobState): void {
  const db = new Sqlite(store.file.path)
  const at = state === 'finished' ? new Date().toISOString() : null
  db.prepare('UPDATE jobs SET state = ?, finished_at = ?, attempts = max(attempts, ?) WHERE id = ?').run(
    state,
    at,
    Number(state !== 'created'),
    id,
  )
  db.close()
}

/** The token of a job's lease; null if there is none. */
export const leaseToken = (store: Store, id: string): string | null => store.jobs.find(id)?.token ?? null

/** Leaves a job as a process that was killed while it ran it. */
export function takeAsKilledProcess(store: Store, id: string): void {
  setJobState(store, id, 'running')
  const db = new Sqlite(store.file.path)
  db.prepare(
    "UPDATE jobs SET token = 'old', host = ?, pid = ?, process_started = 'never', heartbeat_at = ?, queued_at = NULL WHERE id = ?",
  ).run(
    hostname(),
    2 ** 22 + 1, // above Linux's largest pid
    Date.now(),
    id,
  )
  db.close()
}
