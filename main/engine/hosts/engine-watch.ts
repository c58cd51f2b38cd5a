import { LaurelError } from '../../common/errors.ts'
import type { Beat } from '../beat.ts'

/**
 * How long an engine may be without a sign, milliseconds. A unit of work that is long (a training step on a slow processor) shows progress all the while,
 * so none of these depends on its length.
 */
export const patience = {
  /** While it works: no sign of life at all (it is stopped, or the machine is out of memory). */
  silent: 60_000,
  /** While it works: signs of life, but no operation came to its end. */
  stuck: 600_000,
  /** After it was asked to stop: neither progress nor processor time. */
  stopping: 10_000,
  /** After it was asked to stop: processor time, but no operation came to its end. */
  stoppingAtWork: 60_000,
  /** Before its first word: its program is read from disk. */
  start: 120_000,
}
export type Patience = typeof patience

/** Below this share of one processor an engine does nothing. */
const idleShare = 0.1

export interface WatchOptions {
  /** Whether an answer is waited for, and whether one that was asked to stop is. */
  readonly state: () => { readonly isBusy: boolean; readonly isStopping: boolean }
  /** It is given up: the reason. */
  readonly onGone: (reason: LaurelError) => void
  readonly limits?: Patience
  /** How often it is looked at. */
  readonly lookMs?: number
}

/**
 * Tells an engine that works from one that is gone, by its beats and messages. Time counts in looks, so that a machine that slept, or a main process that was held up
 * itself, takes none of the engine's time.
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
    /** It sent a message. */
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
    `The engine ${how} ${Math.round(milliseconds / 1000)} seconds, so it was ended.`,
    'Resume to go on; if it happens again, run `laurel doctor`.',
  )
