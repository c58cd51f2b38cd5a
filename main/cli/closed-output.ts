import { homeFolder, homePaths } from '../common/home.ts'
import { openLog } from '../common/log.ts'
import { isClosedPipe } from './exit-code.ts'

/** What happens when the reader of our output has left (`laurel ... | head`). */
let onClosed: () => void = () => process.exit(0) // nothing is left to say to anyone

/** Listens on both outputs: a pipe without a reader is no failure, and must not end the process by an error that nothing catches. */
export function watchOutputs(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!isClosedPipe(error)) throw error
      onClosed()
    })
  }
}

/** From now on `listener` is called (once or more) in place of ending the process. Gives how to go back. */
export function whenOutputCloses(listener: () => void): () => void {
  const before = onClosed
  onClosed = listener
  return () => {
    onClosed = before
  }
}

/** For a command that works on a run: aborted when the reader of its output leaves, so that the run stops as one that is paused. The log says why. */
export function stopWhenOutputCloses(runId: string): { readonly signal: AbortSignal; dispose(): void } {
  const left = new AbortController()
  const dispose = whenOutputCloses(() => {
    if (left.signal.aborted) return
    const text = 'stops after its current step: the program that read its output (a pipe) has ended'
    openLog(homePaths(homeFolder()).logs).write('warning', `run ${runId}`, text)
    left.abort()
  })
  return { signal: left.signal, dispose }
}
