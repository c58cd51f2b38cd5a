import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { LaurelError } from '../common/errors.ts'
import { isAlive, processStart } from '../common/process-identity.ts'
import { command, query } from './statement.ts'

const lockRow = z.object({
  runId: z.string(),
  token: z.string(),
  host: z.string(),
  pid: z.int(),
  processStarted: z.string(),
  heartbeatAt: z.int(),
  stopRequested: z.int(),
})
export type LockRow = z.output<typeof lockRow>

/** A process on another machine can't be looked at: it counts as dead after this long without a heartbeat. */
const silenceMs = 60_000

/** Whether the process that holds a lock still works. */
export function isHeld(lock: LockRow, now = Date.now()): boolean {
  if (lock.host !== hostname()) return now - lock.heartbeatAt < silenceMs
  return isAlive(lock.pid, lock.processStarted)
}

/** Which process works on which run: at most one. A lock whose process is gone is taken over. */
export function locksTable(db: Database) {
  const select = query(
    db,
    lockRow,
    `SELECT run_id AS runId, token, host, pid, process_started AS processStarted, heartbeat_at AS heartbeatAt, stop_requested AS stopRequested
     FROM locks WHERE run_id = @runId`,
  )
  const insert = command(
    db,
    `INSERT OR REPLACE INTO locks (run_id, token, host, pid, process_started, heartbeat_at)
     VALUES (@runId, @token, @host, @pid, @processStarted, @now)`,
  )
  const beat = command(db, 'UPDATE locks SET heartbeat_at = @now WHERE run_id = @runId AND token = @token')
  const remove = command(db, 'DELETE FROM locks WHERE run_id = @runId AND token = @token')
  const request = command(db, 'UPDATE locks SET stop_requested = 1 WHERE run_id = @runId')
  const take = db.transaction((runId: string, token: string) => {
    const held = select.get({ runId })
    if (held !== undefined && isHeld(held)) {
      throw new LaurelError(
        'BUSY',
        `Process ${held.pid} on ${held.host} already works on run ${runId}.`,
        `Wait for it, or stop it: laurel run stop ${runId}.`,
      )
    }
    insert({ runId, token, host: hostname(), pid: process.pid, processStarted: processStart(process.pid), now: Date.now() })
  })
  return {
    find: (runId: string): LockRow | undefined => select.get({ runId }),
    /** Takes the run for this process and gives the token that proves it. Throws BUSY where a living process has it. */
    take(runId: string): string {
      const token = randomUUID()
      take.immediate(runId, token)
      return token
    },
    /** Says that this process still works, and learns whether a stop was asked for. A lock that was lost counts as a stop. */
    heartbeat(runId: string, token: string): { stopRequested: boolean } {
      if (beat({ runId, token, now: Date.now() }) === 0) return { stopRequested: true }
      return { stopRequested: select.get({ runId })?.stopRequested === 1 }
    },
    release: (runId: string, token: string): void => void remove({ runId, token }),
    requestStop: (runId: string): void => void request({ runId }),
  }
}
