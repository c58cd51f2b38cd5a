/** A command's handling of Ctrl-C and SIGTERM. */
export interface Interrupt {
  /** Aborted by the first signal: the command stops after its current unit of work. */
  readonly signal: AbortSignal
  /** Restores the default handling. */
  dispose(): void
}

/** Listens for Ctrl-C and SIGTERM. A second signal exits immediately, which is safe because every stored file is written atomically. */
export function listenForInterrupt(onSecond: () => void = () => process.exit(130)): Interrupt {
  const abort = new AbortController()
  const listener = () => {
    if (abort.signal.aborted) return onSecond()
    process.stderr.write('\nstopping after the current step (press Ctrl-C again to stop immediately)\n')
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
