/** Calls `expire` after some milliseconds, unless what it returns is called before. Tests replace it. */
export type StartTimer = (ms: number, expire: () => void) => () => void

const startTimer: StartTimer = (ms, expire) => {
  const timer = setTimeout(expire, ms)
  return () => clearTimeout(timer)
}

/** Nothing came from a server for as long as it may take. */
export class Silence extends Error {}

/** The time that a server has for an answer, or for the next piece of one. Fetch and OpenAI's client watch only for the answer's beginning. */
export function timeLimit(seconds: number, stop: AbortSignal | undefined, start: StartTimer = startTimer) {
  const over = new AbortController()
  const begin = (): (() => void) => start(1000 * seconds, () => over.abort())
  let clear = begin()
  return {
    /** Aborts when the time is over, or the work is to stop. */
    signal: stop === undefined ? over.signal : AbortSignal.any([stop, over.signal]),
    /** The reason of a failure, or of an early end: a request that was aborted doesn't say why. */
    reasonOf: (error: unknown): unknown => (over.signal.aborted && !stop?.aborted ? new Silence(`no answer within ${seconds} s`) : error),
    pause: (): void => clear(),
    restart(): void {
      clear()
      clear = begin()
    },
  }
}
