import { setTimeout as sleep } from 'node:timers/promises'
import type { JobSession } from '../../loop/job-session.ts'
import { isActive, type ShownStatus, type Started } from '../../shared/contract/runs-contract.ts'
import type { JobState } from '../../shared/enums.ts'
import { badInput, LaurelError, toErrorValue } from '../../shared/errors.ts'
import { explainStoreError } from '../../store/database/store-error.ts'
import type { Store } from '../../store/store.ts'
import type { JobRow } from '../../store/tables/jobs-table.ts'

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

/** Milliseconds before the queue is read again: after a database error, or while a run waits for one that another process may finish. */
const retryMs = 5000

/** What the queue needs to know of runs, or of evaluations. */
export interface JobKind {
  /**
   * Whether its jobs continue by themselves: those in the queue start at launch and after another one is paused, and one that is
   * running when the application closes returns to the queue. Otherwise the user starts them again.
   */
  readonly isUnattended: boolean
  nameOf(id: string): string
  /** Throws if a start must be refused. */
  mustBeStartable(id: string): void
  /** Starts to work on it, in the background. Throws if it can't be started; any later failure is stored with the job. */
  begin(id: string, wanted?: 'work' | 'end'): JobSession
}

type JobKindName = 'run' | 'evaluation'

interface JobQueueOptions {
  readonly store: Store
  readonly kinds: Readonly<Record<JobKindName, JobKind>>
  readonly log?: (source: string, text: string) => void
  readonly retryMs?: number
}

/** A job that this process runs. */
interface Working {
  readonly kind: JobKindName
  readonly session: JobSession
  /** Its final state; undefined if it failed, in which case the error is stored with the job and logged. */
  readonly ended: Promise<JobState | undefined>
}

/**
 * Runs jobs in the background of this process. Of each kind, one job runs at a time and the others wait in the queue, because they
 * share one accelerator; an evaluation may run beside a run, as chat does, because a user won't wait hours to compare two models. What
 * the user wants of a job is stored before it is carried out, so nothing that the user has stopped starts again.
 */
export class JobQueue {
  readonly #options: JobQueueOptions
  readonly #working = new Map<string, Working>()
  #isClosing = false
  #isWatching = false

  constructor(options: JobQueueOptions) {
    this.#options = options
  }

  /** Ids of the jobs that this process runs. */
  active(kind?: JobKindName): string[] {
    return [...this.#working].flatMap(([id, working]) => (kind === undefined || working.kind === kind ? [id] : []))
  }

  /**
   * Starts or resumes a job, or queues it behind the one that this process is running. Calling it twice has no further effect. Throws
   * BUSY if another process is running it or if it is about to stop, and as its kind does.
   */
  start(id: string): Started {
    const here = this.#working.get(id)
    if (here?.session.isStopping()) {
      throw new LaurelError('BUSY', `${titled(here.kind)} ${id} is pausing.`, 'Start it again after it has paused.')
    }
    if (here !== undefined) return { state: 'started', after: null }
    const kind = this.#kindOf(id)
    this.#options.kinds[kind].mustBeStartable(id)
    const other = this.#otherThan(id, kind)
    if (other === undefined) {
      this.#begin(id, kind)
      return { state: 'started', after: null }
    }
    this.#options.store.jobs.enqueue(id)
    return { state: 'queued', after: other }
  }

  /**
   * Queues a run to start when another run has finished, here or in another process; if that one fails or is paused, it waits until it is
   * resumed and finishes. Throws BAD_INPUT if that run has finished, or waits for this one.
   */
  startAfter(id: string, after: string): Started {
    const { store, kinds } = this.#options
    const name = kinds.run.nameOf(after)
    if (this.#working.has(id)) throw badInput(`Run ${id} is running.`, 'Pause it first.')
    kinds.run.mustBeStartable(id)
    if (store.jobs.find(after)?.state === 'finished') throw badInput(`${name} has already finished.`, 'Start the run now instead.')
    for (let waiting: string | null = after; waiting !== null; waiting = store.jobs.find(waiting)?.afterRun ?? null)
      if (waiting === id) throw badInput(`${name} waits for this run itself.`, 'Choose another run to wait for.')
    store.jobs.enqueue(id, after)
    this.#watchOthers()
    return { state: 'queued', after: { id: after, name } }
  }

  /** Pauses a job after its current unit of work, in whichever process, or removes it from the queue; resolves when it has stopped. */
  async pause(id: string): Promise<void> {
    const { store } = this.#options
    const here = this.#working.get(id)
    if (here === undefined) return void (await requestPause(store, id))
    this.#attempt(id, () => store.jobs.request(id, 'pause')) // visible to every page
    here.session.stop()
    await here.ended
  }

  /**
   * Ends a job early and keeps its results, in this process; resolves when it has ended. If it isn't working, starts it to save them only.
   * Throws BUSY if another one of its kind is running.
   */
  async conclude(id: string): Promise<void> {
    const kind = this.#kindOf(id)
    const other = this.#otherThan(id, kind)
    if (other !== undefined) {
      const message = `${titled(kind)} ${other.id} (${other.name}) is running.`
      throw new LaurelError('BUSY', message, `Pause it first: only one ${kind} can be running.`)
    }
    this.#options.store.jobs.request(id, 'end')
    const here = this.#working.get(id)
    here?.session.conclude()
    await (here ?? this.#begin(id, kind, 'end')).ended
  }

  /** Whether this process runs it. */
  isWorking(id: string): boolean {
    return this.#working.has(id)
  }

  /** Pauses a job because the machine goes to sleep, without recording a user request. Returns whether this alone stopped it. */
  async rest(id: string): Promise<boolean> {
    const here = this.#working.get(id)
    if (here === undefined || here.session.isStopping()) return false
    here.session.stop()
    return (await here.ended) === 'paused'
  }

  /** Resumes a job that paused for sleep, unless the user has paused it since. Returns whether it resumes. */
  wake(id: string): boolean {
    const job = this.#options.store.jobs.find(id)
    if (job?.state !== 'paused' || job.wanted !== 'work') return false
    this.start(id)
    return true
  }

  /** Starts what earlier processes left in the queue, of the kinds that continue by themselves. */
  launch(): void {
    for (const kind of ['run', 'evaluation'] as const) if (this.#options.kinds[kind].isUnattended) this.#startNext(kind)
    this.#watchOthers()
  }

  /** Stops all jobs before the application exits. */
  async close(): Promise<void> {
    this.#isClosing = true
    for (const { kind, session } of this.#working.values()) session.stop(this.#options.kinds[kind].isUnattended ? 'queued' : 'paused')
    await Promise.all([...this.#working.values()].map(({ ended }) => ended))
  }

  #begin(id: string, kind: JobKindName, wanted?: 'work' | 'end'): Working {
    const { kinds, log = () => {} } = this.#options
    const session = kinds[kind].begin(id, wanted)
    const ended = session.ended
      .catch((error: unknown) => log(`${kind} ${id}`, `failed: ${toErrorValue(error).message}`))
      .then((state) => {
        this.#working.delete(id)
        // Not after the user has paused a run, who wants the machine for something else.
        if (state !== 'paused' || !session.isStopping() || kinds[kind].isUnattended) this.#attempt(id, () => this.#startNext(kind))
        return state ?? undefined
      })
    const working = { kind, session, ended }
    this.#working.set(id, working)
    return working
  }

  /** Starts the next queued job of a kind, if none is running. One that can't be started leaves the queue and doesn't block the others. */
  #startNext(kind: JobKindName, isMeant: (job: JobRow) => boolean = () => true): void {
    if (this.#isClosing || this.active(kind).length > 0) return
    for (const job of this.#queued(kind)) {
      if (!isMeant(job) || !this.#isDue(job)) continue
      const { id } = job
      try {
        this.#begin(id, kind)
        return
      } catch (error) {
        const { code, message } = toErrorValue(error)
        this.#options.log?.(`${kind} ${id}`, `couldn't start from the queue: ${message}`)
        if (code === 'DISK_FULL') {
          this.#retryLater(kind) // the others would fail the same way; they stay in the queue
          return
        }
        this.#options.store.jobs.leaveQueue(id)
      }
    }
  }

  /** Whether what it waits for has finished. */
  #isDue = ({ afterRun }: JobRow): boolean => afterRun === null || this.#options.store.jobs.find(afterRun)?.state === 'finished'

  /** While a run waits for another one, which a terminal may finish, looks for that. */
  #watchOthers(): void {
    const isFollower = ({ afterRun }: JobRow): boolean => afterRun !== null
    if (this.#isWatching || this.#isClosing || !this.#queued('run').some(isFollower)) return
    this.#isWatching = true
    setTimeout(() => {
      this.#isWatching = false
      if (this.#isClosing || !this.#options.store.isOpen()) return
      this.#startNext('run', isFollower)
      this.#watchOthers()
    }, this.#options.retryMs ?? retryMs).unref()
  }

  #queued(kind: JobKindName): JobRow[] {
    const { store, log = () => {} } = this.#options
    try {
      return store.jobs.queued().filter((job) => kindOf(job) === kind)
    } catch (error) {
      log(`${kind}s`, `couldn't read the queue: ${toErrorValue(explainStoreError(error)).message}`)
      this.#retryLater(kind)
      return []
    }
  }

  #retryLater(kind: JobKindName): void {
    if (this.#options.kinds[kind].isUnattended) setTimeout(() => this.#startNext(kind), this.#options.retryMs ?? retryMs).unref()
  }

  /** Runs a step whose failure must not block the others, for example when the database can't be written. */
  #attempt(id: string, step: () => void): void {
    try {
      step()
    } catch (error) {
      this.#options.log?.(id, toErrorValue(explainStoreError(error)).message)
    }
  }

  #otherThan(id: string, kind: JobKindName): { id: string; name: string } | undefined {
    const other = this.active(kind).find((active) => active !== id)
    return other === undefined ? undefined : { id: other, name: this.#options.kinds[kind].nameOf(other) }
  }

  #kindOf(id: string): JobKindName {
    const job = this.#options.store.jobs.find(id)
    if (job === undefined) throw new LaurelError('NOT_FOUND', `There is no job ${id}.`, 'It may have been deleted.')
    return kindOf(job)
  }
}

const kindOf = ({ runId }: JobRow): JobKindName => (runId === null ? 'evaluation' : 'run')
const titled = (kind: JobKindName): string => (kind === 'run' ? 'Run' : 'Evaluation')
