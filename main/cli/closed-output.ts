import { homeFolder, homePaths } from '../common/home.ts'
import { openLog } from '../common/log.ts'
import { isClosedPipe } from './exit-code.ts'

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
