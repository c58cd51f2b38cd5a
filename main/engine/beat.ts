/** Prefix of a heartbeat line on an engine's stderr. No other output contains this character. */
export const beatMark = '\u001elaurel-beat '

/** An engine's heartbeat. */
export interface Beat {
  /** Changes with every completed piece of work. */
  readonly progress: number
  /** CPU time of the process, milliseconds. */
  readonly processorMs: number
}

/** Split a heartbeat from a line of output. `rest`: the remaining text, if any (another thread may have written in between). */
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
