import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { hasNativeKernels } from '../backends/native-kernels.ts'

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

/** Runs on the device, in the form the active kernel needs. */
export interface PlacedRuns {
  readonly window: number | null
  readonly native: { readonly runs: Tensor; readonly ranges: Tensor } | null
  readonly padded: PaddedRuns | null
}

/** Runs as a rectangle: R runs of Q queries over L keys, padded at their ends. */
export interface PaddedRuns {
  readonly count: number // R
  readonly queries: number // Q
  readonly keys: number // L
  readonly queryRows: Tensor1D // [R Q] int32; padding points to row 0
  readonly keyRows: Tensor1D // [R L] int32
  readonly isQuery: Tensor2D // [R Q, 1]: 0 where a query is padding
  readonly packedRows: Tensor1D // [N] int32: position of each packed query in [R Q]
  readonly mask: Tensor // [R, 1, Q, L], added to scores: 0 for visible keys
}

const HIDDEN = -1e9 // exp() gives exactly 0, and no sum overflows

/** The caller owns the tensors, see `disposeRuns`. */
export function placeRuns(runs: Runs, window: number | null): PlacedRuns {
  if (!hasNativeKernels()) return { window, native: null, padded: padRuns(runs, window) }
  const native = {
    runs: tf.keep(tf.tensor2d(runs.runs, [runs.runs.length / 4, 4], 'int32')),
    ranges: tf.keep(tf.tensor2d(runs.ranges, [runs.ranges.length / 2, 2], 'int32')),
  }
  return { window, native, padded: null }
}

export function disposeRuns({ native, padded }: PlacedRuns): void {
  if (native) tf.dispose([native.runs, native.ranges])
  if (padded) tf.dispose([padded.queryRows, padded.keyRows, padded.isQuery, padded.packedRows, padded.mask])
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

/** Runs as a rectangle. `window`: sliding window in positions, or null. */
export function padRuns(placed: Runs, window: number | null): PaddedRuns {
  const runs = eachRun(placed)
  const Q = runs.reduce((most, { count }) => Math.max(most, count), 0)
  const L = runs.reduce((most, { total }) => Math.max(most, total), 0)
  const queries = runs.reduce((sum, { count }) => sum + count, 0)
  const queryRows = new Int32Array(runs.length * Q)
  const keyRows = new Int32Array(runs.length * L)
  const isQuery = new Float32Array(runs.length * Q)
  const packedRows = new Int32Array(queries)
  const mask = new Float32Array(runs.length * Q * L).fill(HIDDEN)
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
  return {
    ...{ count: runs.length, queries: Q, keys: L },
    queryRows: tf.keep(tf.tensor1d(queryRows, 'int32')),
    keyRows: tf.keep(tf.tensor1d(keyRows, 'int32')),
    isQuery: tf.keep(tf.tensor2d(isQuery, [runs.length * Q, 1])),
    packedRows: tf.keep(tf.tensor1d(packedRows, 'int32')),
    mask: tf.keep(tf.tensor4d(mask, [runs.length, 1, Q, L])),
  }
}

/** Padding sees key 0, which keeps its softmax finite. */
function maskRun(mask: Float32Array, { count, total }: Run, Q: number, L: number, window: number | null): void {
  for (let i = 0; i < Q; i++) {
    const position = i < count ? total - count + i : 0
    const oldest = window === null || i >= count ? 0 : Math.max(0, position - window + 1)
    mask.fill(0, i * L + oldest, i * L + position + 1)
  }
}
