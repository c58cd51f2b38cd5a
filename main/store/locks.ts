import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type Claim, giveUp, isHeld as isClaimHeld, newClaim } from '../common/claim.ts'
import { LaurelError } from '../common/errors.ts'
import { untilDone } from '../common/until-done.ts'
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

/** Whether the process that holds a lock still works. */
export const isHeld = ({ processStarted, ...lock }: LockRow, now = Date.now()): boolean =>
  isClaimHeld({ ...lock, started: processStarted }, now)

/** What a holder learns when it says that it still works. */
export interface LockState {
  /** Another process has taken the lock over, or the run is gone: the holder must stop immediately and write nothing more. */
  readonly isLost: boolean
  readonly stopRequested: boolean
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
        `Process ${held.pid} on ${held.host} already works on run ${runId}.`,
        `Wait for it, or stop it: laurel run stop ${runId}.`,
      )
    }
    insert({ runId, ...claim })
  })
  const taken = query(db, lockRow.pick({ runId: true }), 'SELECT run_id AS runId FROM locks')
  return {
    /** Runs that have a lock, held or left by a process that is gone. */
    runIds: (): Set<string> => new Set(taken.all({}).map(({ runId }) => runId)),
    find: (runId: string): LockRow | undefined => select.get({ runId }),
    /** Takes the run for this process and gives the token that proves it. Throws BUSY where a living process has it. */
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
    /** Says that this process still works, and learns whether it still may and whether a stop was asked for. */
    heartbeat(runId: string, token: string): LockState {
      if (beat({ runId, token, now: Date.now() }) === 0) return { isLost: true, stopRequested: false }
      return { isLost: false, stopRequested: select.get({ runId })?.stopRequested === 1 }
    },
    /** Whether the lock is still this token's. */
    isOwn: (runId: string, token: string): boolean => select.get({ runId })?.token === token,
    /**
     * Lets the run go. It never throws: for this process the run is free from now on, and where the database can't take it (a full disk) the row
     * goes as soon as it can. `onFailure` is called with what kept it.
     */
    release(runId: string, token: string, onFailure?: (error: unknown) => void): void {
      giveUp(token)
      untilDone(() => void remove({ runId, token }), { isPointless: () => !db.open, onFailure })
    },
    requestStop: (runId: string): void => void request({ runId }),
  }
}
