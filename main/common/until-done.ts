/** The longest pause between attempts, milliseconds. */
const longestPauseMs = 30_000

interface Persistence {
  /** The first pause, milliseconds. Each later one is twice as long, up to half a minute. */
  readonly pauseMs?: number
  /** Whether to give up because nothing is left to do. Checked before each attempt after the first. */
  readonly isPointless?: () => boolean
  /** Called with the error of the first attempt, if it fails. */
  readonly onFailure?: (error: unknown) => void
}

/** Do something now and, if it throws, retry in the background until it succeeds. Never throws, and never keeps the process alive. */
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
