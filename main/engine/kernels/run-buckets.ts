import type { Runs } from './attention-runs.ts'

/**
 * Rounding sizes up, so that work of similar size has the same shapes: a function is recorded for each shape, and XLA compiles it. Powers of
 * two, then 64 apart, then eight steps to each doubling. At most one row in two is padding below 64, and one in nine above 512.
 */
export function bucketOf(size: number): number {
  const step = Math.max(64, 2 ** (Math.floor(Math.log2(size)) - 3))
  return size <= 64 ? 2 ** Math.ceil(Math.log2(size)) : Math.ceil(size / step) * step
}

/** Four steps to each doubling, for the number of runs, each of which is a whole rectangle of scores. */
export function runBucketOf(runs: number): number {
  const step = Math.max(1, 2 ** (Math.floor(Math.log2(runs)) - 2))
  return Math.ceil(runs / step) * step
}

/** Tokens of a pass, and which keys each may see. */
export interface PassTokens {
  readonly ids: Int32Array // [N]
  readonly positions: Int32Array // [N]
  readonly runs: Runs
}

/**
 * Append tokens up to a common size. They are texts of their own, which no other token sees and whose states no loss uses, so their gradients
 * are zeros. `keyRow`: the row of their keys in a cache; null if each token's keys are in its own row.
 */
export function padTokens({ ids, positions, runs }: PassTokens, keyRow: number | null): PassTokens {
  const tokens = ids.length
  const size = bucketOf(tokens)
  if (size === tokens) return { ids, positions, runs }
  let longest = 1
  for (let r = 0; r < runs.runs.length; r += 4) longest = Math.max(longest, runs.runs[r + 1])
  const rows = bucketOf(longest) // a run that is no longer than the others
  const [more, ranges] = [[...runs.runs], [...runs.ranges]]
  for (let first = tokens; first < size; first += rows) {
    const count = Math.min(rows, size - first)
    const own = keyRow === null ? [first, count] : Array.from({ length: count }, () => [keyRow, 1]).flat()
    more.push(first, count, ranges.length / 2, own.length / 2)
    ranges.push(...own)
  }
  return {
    ids: padded(ids, size),
    positions: padded(positions, size),
    runs: { runs: Int32Array.from(more), ranges: Int32Array.from(ranges) },
  }
}

function padded(values: Int32Array, size: number): Int32Array {
  const longer = new Int32Array(size)
  longer.set(values)
  return longer
}
