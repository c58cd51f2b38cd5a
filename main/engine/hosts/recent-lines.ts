import { createInterface } from 'node:readline'
import { type Beat, splitBeat } from '../beat.ts'

const limit = 200

export interface Heard {
  readonly onLine?: (line: string) => void
  readonly onBeat?: (beat: Beat) => void
}

/** Keeps the last lines of some streams for a crash report. `onLine` receives each line, `onBeat` the heartbeats. */
export function recentLines(
  streams: readonly (NodeJS.ReadableStream | null)[],
  { onLine = () => {}, onBeat = () => {} }: Heard = {},
): { lines(): string[] } {
  const lines: string[] = []
  for (const stream of streams) {
    if (!stream) continue
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      const { beat, rest } = splitBeat(line)
      if (beat) onBeat(beat)
      if (beat && rest === '') return
      onLine(rest)
      lines.push(rest)
      if (lines.length > limit) lines.shift()
    })
  }
  return { lines: () => [...lines] }
}
