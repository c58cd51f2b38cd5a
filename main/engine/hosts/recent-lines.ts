import { createInterface } from 'node:readline'

/** The last so many lines of some streams, for the report when their process dies. */
export function recentLines(streams: readonly (NodeJS.ReadableStream | null)[], limit = 200): { lines(): string[] } {
  const lines: string[] = []
  for (const stream of streams) {
    if (!stream) continue
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      lines.push(line)
      if (lines.length > limit) lines.shift()
    })
  }
  return { lines: () => [...lines] }
}
