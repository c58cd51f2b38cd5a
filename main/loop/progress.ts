import type { Stage } from './context.ts'

/** How often progress is told at most: often enough to look alive, seldom enough to cost nothing. */
const intervalMs = 250
/** A rate is told once this much has been seen. */
const settleSeconds = 2

/** Counts the units of one kind of work and tells how far it is, how fast, and how long it will still take. */
export interface Progress {
  add(units?: number): void
  /** Tell the final count, whatever was told last. */
  end(): void
}

/** Begin counting. `done` units were there already: they count as done but not towards the rate. */
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
