import { setTimeout as sleep } from 'node:timers/promises'
import { heartbeatMs } from '../common/claim.ts'
import { untilDone } from '../common/until-done.ts'
import { runInScope } from '../common/work-scope.ts'
import type { JobState } from '../shared/enums.ts'
import { LaurelError, toErrorValue } from '../shared/errors.ts'
import { explainStoreError } from '../store/database/store-error.ts'
import type { Store } from '../store/store.ts'
import type { JobEnd, JobRow } from '../store/tables/jobs-table.ts'

/**
 * How work ended that didn't fail. `stopped`: at a pause. `guarded`: by itself, on a warning, until the user starts it again. `ended`:
 * early, with its results, as the user requested.
 */
export type JobOutcome = 'finished' | 'waiting-for-review' | 'stopped' | 'guarded' | 'ended'

/** The requests that work on a job obeys. */
export interface JobSignals {
  /** Aborted when it must stop after the current unit, to be resumed later. */
  readonly stop: AbortSignal
  /** Aborted when it must end early and keep its results. */
  readonly conclude: AbortSignal
}

/** Options of a session on a job. */
export interface JobSessionOptions {
  readonly store: Store
  readonly jobId: string
  /** 'run r-7f3kq': the job's name in messages. */
  readonly what: string
  /** 'end': save the results in their current state, and do nothing else. */
  readonly wanted?: 'work' | 'end'
  /** Stops it when aborted. */
  readonly signal?: AbortSignal
  /** How often to renew the lease and read requests. */
  readonly heartbeatMs?: number
  /** Does the work. `before`: the job until this session. */
  readonly work: (signals: JobSignals, before: JobRow) => Promise<JobOutcome>
  /** Stores what belongs to the end, in the same transaction. */
  readonly record: (end: JobEnd, outcome: JobOutcome | 'failed') => void
  /** Called with the end, even if the database couldn't store it. */
  readonly onEnd?: (end: JobEnd) => void
  /** Receives messages that can't be stored. */
  readonly log?: (text: string) => void
}

/** A job in progress in this process. */
export interface JobSession {
  /** The state at the end of the session. Errors are stored with the job ('failed', resumable) and thrown. */
  readonly ended: Promise<JobState>
  /** Stops it after the current unit. `as`: the state that it gets then, unless the user has paused it. */
  stop(as?: 'paused' | 'queued'): void
  /** Whether it has been told to stop. */
  isStopping(): boolean
  /** Ends it early and keeps its results. */
  conclude(): void
}

/** How long the work may take to unwind after an external failure, milliseconds. */
const unwindMs = 10_000

/**
 * Runs a job in this process until it ends. Holds the job's lease meanwhile, and fails the work if the job or the database is no longer
 * the same: another process may take the job over while the machine is suspended, and the database can be deleted. The end is stored
 * whatever happens: on a full disk it is shown now and stored as soon as there is room.
 *
 * Throws BUSY if another process runs the job, and the database's error if it isn't writable.
 */
export function beginJob(options: JobSessionOptions): JobSession {
  const { store, jobId, what, wanted, signal } = options
  const { token, before } = explained(() => store.jobs.begin(jobId, wanted))
  const [stop, conclude] = [new AbortController(), new AbortController()]
  if (wanted === 'end') conclude.abort()
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => {}) // thrown where it is awaited
  let stopsAs: 'paused' | 'queued' = 'paused'
  const lease: Lease = { token, stop, conclude, broken, isOurs: true }
  const asStopped = (): 'paused' | 'queued' => (store.jobs.find(jobId)?.wanted === 'pause' ? 'paused' : stopsAs)
  const signals = { stop: signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]), conclude: conclude.signal }
  const ended = runInScope({ what, fail: broken.reject }, () => work(options, lease, { signals, before, asStopped }))
  return {
    ended,
    stop(as = 'paused') {
      stopsAs = as
      stop.abort()
    },
    isStopping: () => stop.signal.aborted,
    conclude: () => conclude.abort(),
  }
}

/** This session's lease on the job. */
interface Lease {
  readonly token: string
  readonly stop: AbortController
  readonly conclude: AbortController
  /** Rejected when the work must fail. */
  readonly broken: PromiseWithResolvers<never>
  /** Whether this session held the job when it looked last. */
  isOurs: boolean
}

interface Beginning {
  readonly signals: JobSignals
  readonly before: JobRow
  readonly asStopped: () => 'paused' | 'queued'
}

async function work(options: JobSessionOptions, lease: Lease, { signals, before, asStopped }: Beginning): Promise<JobState> {
  const { store, jobId, what, log = () => {} } = options
  const look = (): void => renew(options, lease)
  const heart = setInterval(look, options.heartbeatMs ?? heartbeatMs)
  const left = new AbortController() // stops any work left when the session ends
  try {
    look()
    const working = options.work({ ...signals, stop: AbortSignal.any([signals.stop, left.signal]) }, before)
    const outcome = await Promise.race([working, lease.broken.promise]).catch(async (error: unknown) => {
      left.abort()
      await Promise.race([working.catch(() => {}), sleep(unwindMs, undefined, { ref: false })]) // so that no two sessions overlap
      throw error
    })
    const state = outcome === 'ended' ? 'finished' : outcome === 'stopped' ? asStopped() : outcome === 'guarded' ? 'paused' : outcome
    storeEnd(options, lease, { state, error: null }, outcome)
    return state
  } catch (thrown) {
    const error = explain(store, thrown)
    if (lease.isOurs) storeEnd(options, lease, { state: 'failed', error: toErrorValue(error) }, 'failed')
    else log(`${what} was left unchanged: ${toErrorValue(error).message}`)
    throw error
  } finally {
    left.abort()
    clearInterval(heart)
    store.jobs.release(jobId, lease.token, (error) => log(`couldn't release ${what} yet: ${textOf(error)}`))
  }
}

/** Renews the lease and reads the user's requests, which any process may store. */
function renew({ store, jobId, what }: JobSessionOptions, lease: Lease): void {
  try {
    if (!store.file.isInPlace()) lease.broken.reject(databaseGone(store.file.path))
    const { isLost, wanted } = store.jobs.heartbeat(jobId, lease.token)
    if (isLost) lose(lease, what)
    if (wanted === 'pause') lease.stop.abort()
    if (wanted === 'end') lease.conclude.abort()
  } catch {
    // the database is busy or full: retry at the next heartbeat
  }
}

function lose(lease: Lease, what: string): LaurelError {
  const error = takenOver(what)
  lease.isOurs = false
  lease.broken.reject(error)
  return error
}

/**
 * Stores the end. If the database can't be written, the end is shown now and stored as soon as possible. Throws BUSY if another process has
 * taken the job over, and writes nothing then.
 */
function storeEnd(options: JobSessionOptions, lease: Lease, end: JobEnd, outcome: JobOutcome | 'failed'): void {
  const { store, jobId, what, record, onEnd = () => {}, log = () => {} } = options
  const { jobs } = store
  if (!mayBeFree(options, lease)) throw lose(lease, what)
  jobs.holdUnsaved(jobId, end)
  const save = (): void => {
    try {
      store.transaction(() => {
        if (!jobs.isFreeFor(jobId, lease.token)) return jobs.dropUnsaved(jobId)
        record(end, outcome)
        jobs.end(jobId, end, { isEarly: outcome === 'ended' })
      })
    } catch (reason) {
      jobs.holdUnsaved(jobId, end) // a full disk may only show up at commit
      throw reason
    }
  }
  untilDone(save, {
    isPointless: () => !store.isOpen() || jobs.unsaved(jobId) !== end,
    onFailure: (reason) => log(`couldn't store how ${what} ended yet: ${textOf(reason)}`),
  })
  onEnd(end)
}

/** False if another session has certainly taken the job. If the database can't tell, the write below will. */
function mayBeFree({ store, jobId }: JobSessionOptions, { token }: Lease): boolean {
  try {
    return store.jobs.isFreeFor(jobId, token)
  } catch {
    return true
  }
}

/** A database error in words that the user can act on. */
function explained<Value>(look: () => Value): Value {
  try {
    return look()
  } catch (error) {
    throw explainStoreError(error)
  }
}

/** The error in plain words; if the database was moved or replaced, that is the explanation. */
const explain = ({ file }: Store, thrown: unknown): unknown => (file.isInPlace() ? explainStoreError(thrown) : databaseGone(file.path))

const textOf = (error: unknown): string => toErrorValue(explainStoreError(error)).message

const takenOver = (what: string): LaurelError =>
  new LaurelError(
    'BUSY',
    `Another process took over ${what}, because this one didn't respond for a minute.`,
    'Nothing is lost. Follow it there, or start it again after it ends.',
  )

const databaseGone = (path: string): LaurelError =>
  new LaurelError(
    'NOT_FOUND',
    `The database ${path} was deleted or replaced while Laurel was working.`,
    'Restore it (there may be a backup next to it) and restart Laurel. Anything written now would be lost.',
  )
