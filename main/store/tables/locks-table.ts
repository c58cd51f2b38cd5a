import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type Claim, giveUp, isHeld as isClaimHeld, newClaim } from '../../common/claim.ts'
import { untilDone } from '../../common/until-done.ts'
import { LaurelError } from '../../shared/errors.ts'
import { command, query } from '../database/statement.ts'

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

/** Whether the process that holds a lock is still alive and responding. */
export const isHeld = ({ processStarted, ...lock }: LockRow, now = Date.now()): boolean =>
  isClaimHeld({ ...lock, started: processStarted }, now)

/** What a heartbeat returns to the lock's holder. */
export interface LockState {
  /** Another process has taken over the lock, or the run is gone: the holder must stop immediately and write nothing more. */
  readonly isLost: boolean
  readonly stopRequested: boolean
}

/** Locks: a run belongs to at most one process. A lock whose process is gone is taken over. */
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
     VALUES (@runId, @token, @host, @pid, @started, @heartbeatAt)`,
  )
  const beat = command(db, 'UPDATE locks SET heartbeat_at = @now WHERE run_id = @runId AND token = @token')
  const remove = command(db, 'DELETE FROM locks WHERE run_id = @runId AND token = @token')
  const request = command(db, 'UPDATE locks SET stop_requested = 1 WHERE run_id = @runId')
  const take = db.transaction((runId: string, claim: Claim) => {
    const held = select.get({ runId })
    if (held !== undefined && isHeld(held)) {
      throw new LaurelError(
        'BUSY',
        `Process ${held.pid} on ${held.host} is already running ${runId}.`,
        `Wait for it, or stop it: laurel run stop ${runId}.`,
      )
    }
    insert({ runId, ...claim })
  })
  const taken = query(db, lockRow.pick({ runId: true }), 'SELECT run_id AS runId FROM locks')
  return {
    /** Runs with a lock, whether held or left by a process that is gone. */
    runIds: (): Set<string> => new Set(taken.all({}).map(({ runId }) => runId)),
    find: (runId: string): LockRow | undefined => select.get({ runId }),
    /** Locks the run for this process and returns the token that proves it. Throws BUSY if a living process holds the lock. */
    take(runId: string): string {
      const claim = newClaim()
      try {
        take.immediate(runId, claim)
        return claim.token
      } catch (error) {
        giveUp(claim.token)
        throw error
      }
    },
    /** Renews the lock; returns whether it is still held and whether a stop was requested. */
    heartbeat(runId: string, token: string): LockState {
      if (beat({ runId, token, now: Date.now() }) === 0) return { isLost: true, stopRequested: false }
      return { isLost: false, stopRequested: select.get({ runId })?.stopRequested === 1 }
    },
    /** Whether the lock still has this token. */
    isOwn: (runId: string, token: string): boolean => select.get({ runId })?.token === token,
    /**
     * Releases the lock without throwing. This process treats the run as free from now on; if the database can't be written (a full disk),
     * the row is deleted as soon as possible. `onFailure` receives the error.
     */
    release(runId: string, token: string, onFailure?: (error: unknown) => void): void {
      giveUp(token)
      untilDone(() => void remove({ runId, token }), { isPointless: () => !db.open, onFailure })
    },
    requestStop: (runId: string): void => void request({ runId }),
  }
}
