import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type Claim, giveUp, isHeld, newClaim } from '../../common/claim.ts'
import { untilDone } from '../../common/until-done.ts'
import { errorValue } from '../../shared/engine-protocol.ts'
import { type JobState, jobRequest, jobState } from '../../shared/enums.ts'
import { type ErrorValue, LaurelError } from '../../shared/errors.ts'
import { command, jsonColumn, query } from '../database/statement.ts'

const jobRow = z.object({
  id: z.string(), // a run's id, or `evaluationJob(id)`
  runId: z.string().nullable(),
  evaluationId: z.int().nullable(),
  state: jobState,
  wanted: jobRequest.nullable(), // the user's newest request
  queuedAt: z.string().nullable(),
  attempts: z.int(),
  error: jsonColumn(errorValue).nullable(),
  finishedAt: z.string().nullable(),
  afterRun: z.string().nullable(), // in the queue until that run has finished
  token: z.string().nullable(),
  host: z.string().nullable(),
  pid: z.int().nullable(),
  processStarted: z.string().nullable(),
  heartbeatAt: z.int().nullable(),
})
export type JobRow = z.output<typeof jobRow>

/** How work on a job ended. */
export interface JobEnd {
  readonly state: Extract<JobState, 'queued' | 'waiting-for-review' | 'paused' | 'finished' | 'failed'>
  readonly error: ErrorValue | null
}

export const evaluationJob = (evaluationId: number): string => `e-${evaluationId}`

/** The lease on a job; null: no process runs it. */
function leaseOf({ token, host, pid, processStarted, heartbeatAt }: JobRow): Claim | null {
  if (token === null || host === null || pid === null || processStarted === null || heartbeatAt === null) return null
  return { token, host, pid, started: processStarted, heartbeatAt }
}

/** Whether a living process, this one or another, runs the job. A lease whose process is gone counts as none. */
export function isWorkedOn(job: JobRow): boolean {
  const lease = leaseOf(job)
  return lease !== null && isHeld(lease)
}

const columns = `id, run_id AS runId, evaluation_id AS evaluationId, state, wanted, queued_at AS queuedAt, attempts, error,
  finished_at AS finishedAt, after_run AS afterRun, token, host, pid, process_started AS processStarted, heartbeat_at AS heartbeatAt`

/**
 * Jobs: the state of each run and each evaluation by hand, the user's newest request, and the lease of the process that runs it.
 *
 *     created -> queued -> running -> waiting-for-review | finished | failed
 *                             | -> pausing -> paused
 *                             | -> finishing -> finished
 *
 * At most one process runs a job: it holds a lease, which it renews by heartbeats. `running`, `pausing`, and `finishing` without a
 * living holder mean that the process was killed; the next start takes the lease over.
 */
export function jobsTable(db: Database) {
  const insertRun = command(db, `INSERT INTO jobs (id, run_id, state) VALUES (@id, @id, 'created')`)
  const insertEvaluation = command(
    db,
    `INSERT INTO jobs (id, evaluation_id, state, wanted, queued_at) VALUES (@id, @evaluationId, 'queued', 'work', @at)`,
  )
  const one = query(db, jobRow, `SELECT ${columns} FROM jobs WHERE id = @id`)
  const leased = query(db, jobRow, `SELECT ${columns} FROM jobs WHERE token IS NOT NULL`)
  const queued = query(db, jobRow, `SELECT ${columns} FROM jobs WHERE state = 'queued' ORDER BY queued_at, rowid`)
  const enqueue = command(
    db,
    `UPDATE jobs SET state = 'queued', wanted = 'work', after_run = @after, queued_at = CASE state WHEN 'queued' THEN queued_at ELSE @at END WHERE id = @id`,
  )
  const toFront = command(
    db,
    `UPDATE jobs SET queued_at = (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', min(queued_at), '-1 seconds') FROM jobs WHERE state = 'queued')
     WHERE id = @id AND state = 'queued'`,
  )
  const leaveQueue = command(
    db,
    `UPDATE jobs SET queued_at = NULL, after_run = NULL,
       state = CASE WHEN error IS NOT NULL THEN 'failed' WHEN attempts > 0 OR run_id IS NULL THEN 'paused' ELSE 'created' END
     WHERE id = @id AND state = 'queued'`,
  )
  const want = command(
    db,
    `UPDATE jobs SET wanted = @wanted, state = CASE
         WHEN state IN ('running', 'pausing') AND @wanted = 'end' THEN 'finishing'
         WHEN state = 'running' AND @wanted = 'pause' THEN 'pausing'
         ELSE state
       END
     WHERE id = @id`,
  )
  const lease = command(
    db,
    `UPDATE jobs SET token = @token, host = @host, pid = @pid, process_started = @started, heartbeat_at = @heartbeatAt WHERE id = @id`,
  )
  const begin = command(
    db,
    `UPDATE jobs SET state = @state, wanted = @wanted, error = NULL, attempts = attempts + 1, after_run = NULL WHERE id = @id`,
  )
  const beat = command(db, 'UPDATE jobs SET heartbeat_at = @now WHERE id = @id AND token = @token')
  const release = command(
    db,
    `UPDATE jobs SET token = NULL, host = NULL, pid = NULL, process_started = NULL, heartbeat_at = NULL WHERE id = @id AND token = @token`,
  )
  const end = command(
    db,
    `UPDATE jobs SET state = @state, error = @error, queued_at = CASE @state WHEN 'queued' THEN coalesce(queued_at, @at) END,
       finished_at = CASE @state WHEN 'finished' THEN max(@at, -- the clock may have been set back since the creation
         coalesce((SELECT created_at FROM runs WHERE runs.id = jobs.run_id), (SELECT created_at FROM evaluations WHERE evaluations.id = jobs.evaluation_id), '')) END,
       wanted = CASE WHEN wanted <> 'end' OR @isEarly THEN wanted WHEN @state = 'paused' THEN 'pause' ELSE 'work' END
     WHERE id = @id`,
  )

  /** Ends that the database couldn't store: shown until it can, or until the job starts again. */
  const unsaved = new Map<string, JobEnd>()
  const asItIs = (job: JobRow): JobRow => ({ ...job, ...unsaved.get(job.id) })
  const find = (id: string): JobRow | undefined => {
    const job = one.get({ id })
    return job && asItIs(job)
  }

  /** Runs `work` with a new lease, which is given up again if it throws. Throws BUSY if a living process holds one. */
  function withLease<Value>(id: string, work: (claim: Claim, before: JobRow) => Value): Value {
    const claim = newClaim()
    try {
      return db
        .transaction(() => {
          const before = one.get({ id })
          if (before === undefined) throw new LaurelError('NOT_FOUND', `There is no job ${id}.`, 'It may have been deleted.')
          if (isWorkedOn(before)) throw alreadyRunning(before)
          lease({ id, ...claim })
          return work(claim, before)
        })
        .immediate()
    } catch (error) {
      giveUp(claim.token)
      throw error
    }
  }

  return {
    addRun: (id: string): void => void insertRun({ id }),
    /** Unlike a run, it is queued immediately: there is nothing to do with it before. */
    addEvaluation: (evaluationId: number): void =>
      void insertEvaluation({ id: evaluationJob(evaluationId), evaluationId, at: new Date().toISOString() }),
    find,
    /** Whether a living process, this one or another, runs it. */
    isWorkedOn(id: string): boolean {
      const job = one.get({ id })
      return job !== undefined && isWorkedOn(job)
    },
    /** Ids of the jobs that a living process runs. */
    workedOn: (): Set<string> =>
      new Set(
        leased
          .all({})
          .filter(isWorkedOn)
          .map(({ id }) => id),
      ),
    /** In queue order. */
    queued: (): JobRow[] => queued.all({}).map(asItIs),
    /**
     * Queues it, to be started when the accelerator is free and, if it is to follow the run `after`, that one has finished; one that is
     * queued keeps its position.
     */
    enqueue(id: string, after: string | null = null): void {
      enqueue({ id, after, at: new Date().toISOString() })
      unsaved.delete(id)
    },
    /** Makes it the first in the queue. */
    toFront: (id: string): void => void toFront({ id }),
    leaveQueue: (id: string): void => void leaveQueue({ id }),
    /** Stores what the user wants of it, which outlives the process. The process that runs it reads the request with its heartbeat. */
    request: (id: string, wanted: JobRow['wanted']): void => void want({ id, wanted }),

    /** Reserves the job without working on it, and returns the token of the lease. Throws BUSY if a living process runs it. */
    reserve: (id: string): string => withLease(id, ({ token }) => token),
    /**
     * Begins to work on it: takes the lease and sets the state. `before`: the job until then. `wanted` is 'end' to save the state of a
     * training only. Throws BUSY if a living process runs it.
     */
    begin(id: string, wanted: 'work' | 'end' = 'work'): { readonly token: string; readonly before: JobRow } {
      const started = withLease(id, ({ token }, before) => {
        begin({ id, wanted, state: wanted === 'end' ? 'finishing' : 'running' })
        return { token, before }
      })
      unsaved.delete(id)
      return started
    },
    /** Renews the lease. `isLost`: another process has taken the job over, or it is gone; the holder must stop and write nothing more. */
    heartbeat(id: string, token: string): { readonly isLost: boolean; readonly wanted: JobRow['wanted'] } {
      if (beat({ id, token, now: Date.now() }) === 0) return { isLost: true, wanted: null }
      return { isLost: false, wanted: one.get({ id })?.wanted ?? null }
    },
    /** Whether no other session than that with this token has taken the job since. */
    isFreeFor(id: string, token: string): boolean {
      const job = one.get({ id })
      return job !== undefined && (job.token === null || job.token === token)
    },
    /**
     * Releases the lease without throwing. This process treats the job as free from now on; if the database can't be written (a full disk),
     * the lease is deleted as soon as possible. `onFailure` receives the error.
     */
    release(id: string, token: string, onFailure?: (error: unknown) => void): void {
      giveUp(token)
      untilDone(() => void release({ id, token }), { isPointless: () => !db.open, onFailure })
    },
    /** Stores how work on it ended. `isEarly`: as the user requested, who can't resume it. */
    end(id: string, { state, error }: JobEnd, { isEarly = false } = {}): void {
      end({ id, state, error: error && JSON.stringify(error), at: new Date().toISOString(), isEarly: isEarly ? 1 : 0 })
      unsaved.delete(id)
    },
    /** Shows this end from now on, without writing to the database. */
    holdUnsaved: (id: string, jobEnd: JobEnd): void => void unsaved.set(id, jobEnd),
    dropUnsaved: (id: string): void => void unsaved.delete(id),
    /** The end that isn't stored yet. */
    unsaved: (id: string): JobEnd | undefined => unsaved.get(id),
  }
}
export type JobsTable = ReturnType<typeof jobsTable>

const alreadyRunning = ({ id, runId, host, pid }: JobRow): LaurelError =>
  runId === null
    ? new LaurelError('BUSY', `Process ${pid} on ${host} is running evaluation ${id.slice(2)}.`, 'Wait for it, or pause it.')
    : new LaurelError('BUSY', `Process ${pid} on ${host} is already running ${id}.`, `Wait for it, or stop it: laurel run stop ${id}.`)
