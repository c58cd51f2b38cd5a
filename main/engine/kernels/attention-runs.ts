import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { replayMode } from '../backends/functions/replay.ts'
import { kernel } from '../backends/kernel-set.ts'
import { bucketOf, runBucketOf } from './run-buckets.ts'
import { TiledRuns } from './wgsl/attention-tiles.ts'

/**
 * Attention segments (varlen): which keys each token may see, in training, scoring, prefill and decoding alike.
 *
 * A *run* is a number of consecutive query rows that are the last tokens of one logical sequence. The sequence's keys are in *ranges* of
 * consecutive rows of the key-value tensor, in order. Query i of a run sees key j of the sequence if `j <= total - count + i`, where total
 * is the length of all ranges. A sliding window w adds `j > total - count + i - w`.
 */
export interface Runs {
  readonly runs: Int32Array // [R, 4]: first query row, query rows (count), first range, ranges
  readonly ranges: Int32Array // [K, 2]: first key row, key rows
}

/** Runs on the device, in the form that the kernel set needs. */
export interface PlacedRuns {
  readonly window: number | null
  readonly native: { readonly runs: Tensor; readonly ranges: Tensor } | null
  readonly tiled: TiledRuns | null
  readonly padded: PaddedRuns | null
}

/**
 * Runs as a rectangle: R runs of Q queries over L keys, padded at their ends. Rows are numbered in int32, or in float32 where work is
 * replayed: there a GPU's functions would receive int32 in the host's memory, and copy it to the device in every layer.
 */
export interface PaddedRuns {
  readonly count: number // R
  readonly queries: number // Q
  readonly keys: number // L
  readonly queryRows: Tensor1D // [R Q]; padding points to row 0
  readonly keyRows: Tensor1D // [R L]
  readonly isQuery: Tensor2D // [R Q, 1]: 0 where a query is padding
  readonly packedRows: Tensor1D // [N]: position of each packed query in [R Q]
  readonly mask: Tensor // [R, 1, Q, L], added to scores: 0 for visible keys
}

const HIDDEN = -1e9 // exp() gives exactly 0, and no sum overflows

const unplaced = { native: null, tiled: null, padded: null }

/** `window`: sliding window in positions, or null. The caller owns the tensors, see `disposeRuns`. */
export const placeRuns = kernel({
  plain: (runs: Runs, window: number | null): PlacedRuns => ({ ...unplaced, window, padded: padRuns(runs, window) }),
  native: (runs, window) => ({ ...unplaced, window, native: uploaded(runs) }),
  wgsl: (runs, window) => ({ ...unplaced, window, tiled: new TiledRuns(eachRun(runs), window) }),
})

const uploaded = ({ runs, ranges }: Runs) => ({
  runs: tf.keep(tf.tensor2d(runs, [runs.length / 4, 4], 'int32')),
  ranges: tf.keep(tf.tensor2d(ranges, [ranges.length / 2, 2], 'int32')),
})

export function disposeRuns({ native, tiled, padded }: PlacedRuns): void {
  if (native) tf.dispose([native.runs, native.ranges])
  tiled?.dispose()
  if (padded) tf.dispose([padded.queryRows, padded.keyRows, padded.isQuery, padded.packedRows, padded.mask])
}

/** Tensors of runs, and what their shapes don't say, for recording (`backends/functions/replay.ts`). */
export function runInputs({ padded }: PlacedRuns): { readonly key: string; readonly inputs: readonly Tensor[] } {
  if (!padded) return { key: '', inputs: [] } // native kernels: nothing is recorded
  const { count, queries, keys, queryRows, keyRows, isQuery, packedRows, mask } = padded
  return { key: `${count} ${queries} ${keys}`, inputs: [queryRows, keyRows, isQuery, packedRows, mask] }
}

export interface Run {
  readonly query: number
  readonly count: number
  readonly ranges: readonly (readonly [start: number, rows: number])[]
  readonly total: number
}

/** Runs as a list, for host code. */
export function eachRun({ runs, ranges }: Runs): Run[] {
  return Array.from({ length: runs.length / 4 }, (_, r) => {
    const [query, count, first, number] = runs.subarray(4 * r, 4 * r + 4)
    const own = Array.from({ length: number }, (_, i) => [ranges[2 * (first + i)], ranges[2 * (first + i) + 1]] as const)
    return { query, count, ranges: own, total: own.reduce((sum, [, rows]) => sum + rows, 0) }
  })
}

/**
 * Runs as a rectangle. `window`: sliding window in positions, or null. Where work is replayed, the rectangle's sizes are rounded up: runs
 * without queries see key 0, and no token's row is one of theirs.
 */
export function padRuns(placed: Runs, window: number | null): PaddedRuns {
  const isReplayed = replayMode() !== 'none'
  const runs = eachRun(placed)
  const rounded = (size: number, of: (size: number) => number): number => (isReplayed ? of(size) : size)
  const R = rounded(runs.length, runBucketOf)
  const Q = rounded(
    runs.reduce((most, { count }) => Math.max(most, count), 0),
    bucketOf,
  )
  const L = rounded(
    runs.reduce((most, { total }) => Math.max(most, total), 0),
    bucketOf,
  )
  const queries = runs.reduce((sum, { count }) => sum + count, 0)
  const queryRows = new Int32Array(R * Q)
  const keyRows = new Int32Array(R * L)
  const isQuery = new Float32Array(R * Q)
  const packedRows = new Int32Array(queries)
  const mask = new Float32Array(R * Q * L).fill(HIDDEN)
  runs.forEach((run, r) => {
    for (let i = 0; i < run.count; i++) {
      queryRows[r * Q + i] = run.query + i
      isQuery[r * Q + i] = 1
      packedRows[run.query + i] = r * Q + i
    }
    let key = r * L
    for (const [start, rows] of run.ranges) for (let i = 0; i < rows; i++) keyRows[key++] = start + i
    maskRun(mask.subarray(r * Q * L, (r + 1) * Q * L), run, Q, L, window)
  })
  const nothing: Run = { query: 0, count: 0, ranges: [], total: 0 }
  for (let r = runs.length; r < R; r++) maskRun(mask.subarray(r * Q * L, (r + 1) * Q * L), nothing, Q, L, window)
  const table = (rows: Int32Array): Tensor1D =>
    tf.keep(tf.tensor1d(isReplayed ? Float32Array.from(rows) : rows, isReplayed ? 'float32' : 'int32'))
  return {
    ...{ count: R, queries: Q, keys: L },
    ...{ queryRows: table(queryRows), keyRows: table(keyRows), packedRows: table(packedRows) },
    isQuery: tf.keep(tf.tensor2d(isQuery, [R * Q, 1])),
    mask: tf.keep(tf.tensor4d(mask, [R, 1, Q, L])),
  }
}

/** The same runs with rows in int32. */
export const withIndices = (runs: PaddedRuns): PaddedRuns => ({
  ...runs,
  queryRows: tf.cast(runs.queryRows, 'int32'),
  keyRows: tf.cast(runs.keyRows, 'int32'),
  packedRows: tf.cast(runs.packedRows, 'int32'),
})

/** Padding sees key 0, which keeps its softmax finite. */
function maskRun(mask: Float32Array, { count, total }: Run, Q: number, L: number, window: number | null): void {
  for (let i = 0; i < Q; i++) {
    const position = i < count ? total - count + i : 0
    const oldest = window === null || i >= count ? 0 : Math.max(0, position - window + 1)
    mask.fill(0, i * L + oldest, i * L + position + 1)
  }
}
