import { LaurelError } from '../shared/errors.ts'
import { explainStoreError } from '../store/database/store-error.ts'
import type { Store } from '../store/store.ts'

export interface HoldOptions {
  readonly store: Store
  readonly runId: string
  /** Proves that this session holds the run's lock. */
  readonly token: string
  readonly everyMs: number
  /** Fails the session with an error. */
  readonly fail: (error: unknown) => void
}

/** A session's hold on its run, polled repeatedly. */
export interface Watched {
  /** Aborted when any process requests a pause. */
  readonly stop: AbortSignal
  /** Aborted when any process requests an early end. */
  readonly conclude: AbortSignal
  /** Polls now. */
  look(): void
  /** Throws BUSY if this session no longer holds the run. */
  check(): void
  /** The thrown error in plain words; if the database was moved or replaced, that is the explanation. */
  explain(thrown: unknown): unknown
  /** Whether this session held the run at the last poll. */
  isOurs(): boolean
  end(): void
}

/**
 * Renews the lock, polls for requests, and fails the session if the run or the database is no longer the same: another process may take
 * over the run while the machine is suspended, and the database can be deleted during a run.
 */
export function watchHold({ store, runId, token, everyMs, fail }: HoldOptions): Watched {
  const stop = new AbortController()
  const conclude = new AbortController()
  let isOurs = true

  const lose = (): void => {
    isOurs = false
    fail(takenOver(runId))
  }

  function look(): void {
    try {
      if (!store.file.isInPlace()) fail(databaseGone(store.file.path))
      const { isLost, stopRequested } = store.locks.heartbeat(runId, token)
      if (isLost) lose()
      if (stopRequested) stop.abort()
      if (store.runs.find(runId)?.endRequestedAt != null) conclude.abort()
    } catch {
      // the database is busy or full: retry at the next heartbeat
    }
  }

  const heart = setInterval(look, everyMs)
  return {
    stop: stop.signal,
    conclude: conclude.signal,
    look,
    check() {
      if (store.locks.isOwn(runId, token)) return
      isOurs = false
      throw takenOver(runId)
    },
    explain: (thrown) => (store.file.isInPlace() ? explainStoreError(thrown) : databaseGone(store.file.path)),
    isOurs: () => isOurs,
    end: () => clearInterval(heart),
  }
}

const takenOver = (runId: string): LaurelError =>
  new LaurelError(
    'BUSY',
    `Another process took over run ${runId}, because this one didn't respond for a minute.`,
    'Nothing is lost. Follow the run there, or start it again after it ends.',
  )

const databaseGone = (path: string): LaurelError =>
  new LaurelError(
    'NOT_FOUND',
    `The database ${path} was deleted or replaced during a run.`,
    'Restore it (there may be a backup next to it) and restart Laurel. Anything written now would be lost.',
  )
