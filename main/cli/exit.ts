import { CommanderError } from 'commander'
import { homeFolder, homePaths } from '../common/home.ts'
import { openLog } from '../common/log.ts'
import { toErrorValue } from '../shared/errors.ts'
import { explainStoreError } from '../store/database/store-error.ts'

/** Exit codes: usage error or bad input, any other failure, stopped by Ctrl-C. */
const exitCodes = { badInput: 2, failure: 1, stopped: 130 }

const badInputCodes = new Set(['BAD_INPUT', 'NOT_FOUND', 'UNSUPPORTED'])

/** Prints the error and its remedy to standard error in one line. Returns the exit code. */
export function reportFailure(thrown: unknown, write: (text: string) => void = (text) => void process.stderr.write(text)): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : exitCodes.badInput // commander has already printed it
  if (isClosedPipe(thrown)) return 0
  const { code, message, remedy } = toErrorValue(explainStoreError(thrown))
  if (code === 'STOPPED') {
    write(`stopped: ${remedy}\n`)
    return exitCodes.stopped
  }
  const isBadInput = badInputCodes.has(code)
  write(`error: ${sentence(isBadInput ? message.replaceAll(/\s*\n\s*/g, ' ') : message)} ${remedy}\n`) // the stack of an internal error keeps its lines
  return isBadInput ? exitCodes.badInput : exitCodes.failure
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

/** The reader of our output has closed the pipe (`laurel ... | head`), which isn't a failure. */
const isClosedPipe = (thrown: unknown): boolean => (thrown as NodeJS.ErrnoException | null)?.code === 'EPIPE'

/** A command's handling of Ctrl-C and SIGTERM. */
interface Interrupt {
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

/** Called when the reader of our output closes the pipe (`laurel ... | head`). */
let onClosed: () => void = () => process.exit(0) // no one is reading

/** Listens for errors on both outputs: a closed pipe isn't a failure and must not crash the process with an uncaught error. */
export function watchOutputs(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!isClosedPipe(error)) throw error
      onClosed()
    })
  }
}

/** Makes a closed pipe call `listener` (one or more times) instead of exiting. Returns a function that restores the previous behavior. */
export function whenOutputCloses(listener: () => void): () => void {
  const before = onClosed
  onClosed = listener
  return () => {
    onClosed = before
  }
}

/** For commands that run the loop: aborts when the reader of the output closes the pipe, so that the run pauses. Logs the reason. */
export function stopWhenOutputCloses(runId: string): { readonly signal: AbortSignal; dispose(): void } {
  const left = new AbortController()
  const dispose = whenOutputCloses(() => {
    if (left.signal.aborted) return
    const text = 'stopping after the current step: the program reading the output (a pipe) has ended'
    openLog(homePaths(homeFolder()).logs).write('warning', `run ${runId}`, text)
    left.abort()
  })
  return { signal: left.signal, dispose }
}
