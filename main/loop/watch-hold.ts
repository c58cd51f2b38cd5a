import { LaurelError } from '../common/errors.ts'
import type { Store } from '../store/store.ts'
import { explainStoreError } from '../store/store-error.ts'

export interface HoldOptions {
  readonly store: Store
  readonly runId: string
  /** Proves that the run's lock is this session's. */
  readonly token: string
  readonly everyMs: number
  /** Ends the session with an error. */
  readonly fail: (error: unknown) => void
}

/** A session's hold on its run, looked at again and again. */
export interface Watched {
  /** Aborted when a pause is asked for, in any process. */
  readonly stop: AbortSignal
  /** Aborted when the run is to end early, asked in any process. */
  readonly conclude: AbortSignal
  /** Looks now. */
  look(): void
  /** Throws BUSY where the run is no longer this session's. */
  check(): void
  /** What was thrown, in words; where the database is not in its place any more, that is why. */
  explain(thrown: unknown): unknown
  /** Whether the run was this session's when it was last looked at. */
  isOurs(): boolean
  end(): void
}

/**
 * Renews the lock, learns what is asked of the run, and fails the session where the run or the database is no longer the one it works on: a
 * machine that was suspended may find its run taken over, and a database can be deleted under it.
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
      // the database is busy or full: the next beat will do
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
    `Another process works on run ${runId} now: this one did not answer for a minute.`,
    'Nothing is lost. Look at the run there, or start it again when it has ended.',
  )

const databaseGone = (path: string): LaurelError =>
  new LaurelError(
    'NOT_FOUND',
    `The database ${path} was deleted or replaced while a run worked.`,
    'Put it back (a backup may lie beside it) and start Laurel again. What is written now would be lost.',
  )
