/**
 * Cut units of work, in key order, into chunks of fixed composition: chunk k holds units k*size .. k*size+size-1, whatever is already done.
 *
 * What shares a batch can change the last bits of a number, and a sampled text with them. So a chunk with anything missing is asked again
 * whole, and a run that was killed gives what an uninterrupted one would have given.
 */
export function chunksOf<Unit>(units: readonly Unit[], size: number): Unit[][] {
  const chunks: Unit[][] = []
  for (let start = 0; start < units.length; start += size) chunks.push(units.slice(start, start + size))
  return chunks
}

/** How many rows make a chunk where a row stands for several units (a prompt for its candidates): at least one. */
export const rowsPerChunk = (chunk: number, unitsPerRow: number): number => Math.max(1, Math.floor(chunk / unitsPerRow))
