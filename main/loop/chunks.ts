/**
 * Splits work units, in key order, into chunks of fixed composition: chunk k holds units k*size .. k*size+size-1, done or not.
 *
 * Batch composition can change the last bits of a number, and with them a sampled text. So a chunk with any missing unit is requested
 * again as a whole, and a run that was killed produces the same results as an uninterrupted one.
 */
export function chunksOf<Unit>(units: readonly Unit[], size: number): Unit[][] {
  const chunks: Unit[][] = []
  for (let start = 0; start < units.length; start += size) chunks.push(units.slice(start, start + size))
  return chunks
}

/** Rows per chunk when a row covers several units (a prompt and its candidates): at least one. */
export const rowsPerChunk = (chunk: number, unitsPerRow: number): number => Math.max(1, Math.floor(chunk / unitsPerRow))
