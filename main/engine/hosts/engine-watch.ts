import { LaurelError } from '../../shared/errors.ts'
import type { Beat } from '../beat.ts'

/**
 * How long an engine may stay silent, in milliseconds. Long units of work (a training step on a slow CPU) report progress throughout, so no
 * limit depends on their length.
 */
export const patience = {
  /** Busy, no heartbeat: the process is suspended, or the machine is out of memory. */
  silent: 60_000,
  /** Busy, heartbeats but no completed operation. */
  stuck: 600_000,
  /** Asked to stop, neither progress nor CPU time. */
  stopping: 10_000,
  /** Asked to stop, CPU time but no completed operation. */
  stoppingAtWork: 60_000,
  /** Before the first message, while the program is read from disk. */
  start: 120_000,
}
export type Patience = typeof patience

/** An engine below this share of one CPU counts as idle. */
const idleShare = 0.1

interface WatchOptions {
  /** Whether a call is pending, and whether one was asked to stop. */
  readonly state: () => { readonly isBusy: boolean; readonly isStopping: boolean }
  /** Called with the reason when the engine is declared lost. */
  readonly onGone: (reason: LaurelError) => void
  readonly limits?: Patience
  /** Polling interval. */
  readonly lookMs?: number
}

/**
 * Distinguishes a working engine from a lost one by its heartbeats and messages. Time is counted in polls, so that a suspended machine or a
 * blocked main process doesn't count against the engine.
 */
export function engineWatch({ state, onGone, limits = patience, lookMs = 500 }: WatchOptions) {
  const since = { beat: 0, progress: 0, work: 0, stop: 0 }
  let last: Beat | undefined
  let hasSpoken = false
  let before = performance.now()
  const timer = setInterval(look, lookMs)
  timer.unref()

  function look(): void {
    const now = performance.now()
    const passed = Math.min(now - before, 2 * lookMs)
    before = now
    const { isBusy, isStopping } = state()
    since.beat += passed
    since.progress = isBusy ? since.progress + passed : 0
    since.work += passed
    since.stop = isStopping ? since.stop + passed : 0
    const reason = isBusy ? verdict() : undefined
    if (reason === undefined) return
    clearInterval(timer)
    onGone(reason)
  }

  function verdict(): LaurelError | undefined {
    if (!hasSpoken) return since.beat > limits.start ? gone('did not start within', limits.start) : undefined
    if (last && since.beat > limits.silent) return gone('gave no sign of life for', limits.silent)
    if (last && since.progress > limits.stuck) return gone('made no progress for', limits.stuck)
    const still = Math.min(since.stop, since.progress)
    if (last && Math.min(still, since.work) > limits.stopping) return gone('was asked to stop and did nothing for', limits.stopping)
    return still > limits.stoppingAtWork ? gone('was asked to stop and made no progress for', limits.stoppingAtWork) : undefined
  }

  return {
    /** The engine sent a message. */
    heard(): void {
      hasSpoken = true
      Object.assign(since, { beat: 0, progress: 0, work: 0 })
    },
    beat(beat: Beat): void {
      const share = last === undefined ? 1 : (beat.processorMs - last.processorMs) / Math.max(1, since.beat)
      if (beat.progress !== last?.progress) since.progress = 0
      if (beat.progress !== last?.progress || share >= idleShare) since.work = 0
      since.beat = 0
      hasSpoken = true
      last = beat
    },
    end: (): void => clearInterval(timer),
  }
}

const gone = (how: string, milliseconds: number): LaurelError =>
  new LaurelError(
    'ENGINE_LOST',
    `The engine ${how} ${Math.round(milliseconds / 1000)} seconds, so Laurel stopped it.`,
    'Resume to continue. If it happens again, run `laurel doctor`.',
  )
