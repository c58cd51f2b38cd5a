/** The longest pause between two attempts, milliseconds. */
const longestPauseMs = 30_000

export interface Persistence {
  /** The first pause, milliseconds; each later one is twice as long, up to half a minute. */
  readonly pauseMs?: number
  /** Whether there is nothing left to do. Asked before each attempt after the first. */
  readonly isPointless?: () => boolean
  /** Called with what the first attempt threw. */
  readonly onFailure?: (error: unknown) => void
}

/** Do something now or, where it throws, again in the background until it works. It never throws, and never keeps the process alive. */
export function untilDone(work: () => void, { pauseMs = 500, isPointless = () => false, onFailure }: Persistence = {}): void {
  try {
    work()
  } catch (error) {
    onFailure?.(error)
    const again = (): void => {
      if (!isPointless()) untilDone(work, { pauseMs: Math.min(2 * pauseMs, longestPauseMs), isPointless })
    }
    setTimeout(again, pauseMs).unref()
  }
}
