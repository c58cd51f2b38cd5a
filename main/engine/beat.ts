/** Begins a line of an engine's standard error output that is a sign of life; no other output has this character. */
export const beatMark = '\u001elaurel-beat '

/** A sign of life of an engine. */
export interface Beat {
  /** Changes with every piece of work that is done. */
  readonly progress: number
  /** Processor time that the process has taken, milliseconds. */
  readonly processorMs: number
}

/** Take the sign of life out of a line of output. `rest`: what else the line says, if anything (another thread may have written in between). */
export function splitBeat(line: string): { beat?: Beat; rest: string } {
  const at = line.indexOf(beatMark)
  if (at < 0) return { rest: line }
  const [progress, processorMs] = line
    .slice(at + beatMark.length)
    .split(' ')
    .map(Number)
  const rest = line.slice(0, at)
  return Number.isFinite(progress) && Number.isFinite(processorMs) ? { beat: { progress, processorMs }, rest } : { rest }
}
