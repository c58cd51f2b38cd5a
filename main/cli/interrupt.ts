/** What Ctrl-C (or SIGTERM) means to a command at work. */
export interface Interrupt {
  /** Aborted by the first one: the command ends after its current unit of work. */
  readonly signal: AbortSignal
  /** The signals have their usual meaning again. */
  dispose(): void
}

/** Listen to Ctrl-C and SIGTERM. The second one ends the command where it stands: all that is kept is written in one piece anyway. */
export function listenForInterrupt(onSecond: () => void = () => process.exit(130)): Interrupt {
  const abort = new AbortController()
  const listener = () => {
    if (abort.signal.aborted) return onSecond()
    process.stderr.write('\nstopping after the current step (once more to stop at once)\n')
    abort.abort()
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  return {
    signal: abort.signal,
    dispose() {
      process.off('SIGINT', listener)
      process.off('SIGTERM', listener)
    },
  }
}
