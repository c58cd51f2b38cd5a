import type { Stage } from './run-context.ts'

/** Minimum time between progress reports. */
const intervalMs = 250
/** Time to observe before reporting a rate. */
const settleSeconds = 2

/** Counts the units of one kind of work and reports progress, rate, and time left. */
export interface Progress {
  add(units?: number): void
  /** Reports the final count, even if the last report was too recent. */
  end(): void
}

/** Starts counting. `done` units from earlier attempts count as done but not towards the rate. */
export function progressOf({ tell, iteration, stage }: Stage, what: string, total: number, done = 0): Progress {
  const started = performance.now()
  let now = done
  let told = Number.NEGATIVE_INFINITY
  const report = (): void => {
    const seconds = (performance.now() - started) / 1000
    const perSecond = seconds >= settleSeconds && now > done ? (now - done) / seconds : null
    told = performance.now()
    tell({ kind: 'progress', iteration, stage, what, done: now, total, perSecond, secondsLeft: perSecond && (total - now) / perSecond })
  }
  report()
  return {
    add(units = 1) {
      now += units
      if (performance.now() - told >= intervalMs) report()
    },
    end: report,
  }
}
