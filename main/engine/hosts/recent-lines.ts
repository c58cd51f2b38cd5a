import { createInterface } from 'node:readline'

const limit = 200

/** The last so many lines of some streams, for the report when their process dies; `onLine` is told each. */
export function recentLines(
  streams: readonly (NodeJS.ReadableStream | null)[],
  onLine: (line: string) => void = () => {},
): { lines(): string[] } {
  const lines: string[] = []
  for (const stream of streams) {
    if (!stream) continue
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      onLine(line)
      lines.push(line)
      if (lines.length > limit) lines.shift()
    })
  }
  return { lines: () => [...lines] }
}
