import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { constant } from '../backends/constant.ts'
import { matMul, type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import type { Attended, KeyPlace } from './attention.ts'
import { type PaddedRuns, withIndices } from './attention-runs.ts'
import { gatherRows, scatterRows } from './embedding.ts'
import type { HeadShape } from './head-shape.ts'

// N packed queries, M keys, R runs padded to Q queries and L keys, H heads, KV key-value heads, G = H / KV, D head dimension.

/** Scores that exist at a time in float32 (268 MB). A pass over short texts has fewer, and is one block. */
const MOST_SCORES = 2 ** 26

/** Attention as products of rectangles, on any backend: reference for the native kernel. */
export function plainAttend(
  queries: Operand,
  keys: Operand,
  placed: PaddedRuns,
  shape: HeadShape,
  where: KeyPlace,
  mostScores = MOST_SCORES,
): Attended {
  return tidy(() => {
    const rowsOf = rectangles(queries, keys, shape, where)
    const { joined } = inBlocks(placed, shape, mostScores, (block) => {
      const { q, k, v } = rowsOf(block)
      const scores = masked(q, k, block, shape) // [R KV, G Q, L]
      const highest = tf.max(scores, -1, true)
      const weights = tf.exp(tf.sub(scores, highest)) // [R KV, G Q, L]
      const sum = tf.sum(weights, -1, true)
      const probabilities = operand(tf.div(weights, sum), queries.precision)
      const y = joinQueries(matMul(probabilities, v), block, shape, shape.headDim)
      return { joined: [y, joinQueries(tf.add(highest, tf.log(sum)), block, shape, 1)], added: [] }
    })
    const [y, lse] = toPacked(joined, placed)
    return { y: operand(y, queries.precision), lse } // [N, H D], [N, H]
  })
}

/**
 * With the probabilities P recomputed from queries, keys and their log-sum-exp: `dV = P^T dY`, `dP = dY V^T`, `dS = P (dP - rowsum(dY Y))`,
 * `dQ = dS K`, `dK = dS^T Q`. Returns the gradient of qkv [N, (H + 2 KV) D].
 */
export function plainAttendBackward(
  dy: Operand,
  qkv: Operand,
  attended: Attended,
  placed: PaddedRuns,
  shape: HeadShape,
  mostScores = MOST_SCORES,
): Operand {
  const { precision } = qkv
  const { headDim: D } = shape
  return tidy(() => {
    const rowsOf = rectangles(qkv, qkv, shape, ownKeys(shape))
    const wide = widen(dy)
    const products = tf.mul(wide, widen(attended.y))
    const { joined, added } = inBlocks(placed, shape, mostScores, (block) => {
      const { q, k, v } = rowsOf(block)
      const lse = splitQueries(attended.lse, block, shape, 1, false) // [R KV, G Q, 1]
      const prob = tf.exp(tf.minimum(tf.sub(masked(q, k, block, shape), lse), constant(0))) // only scores of padding can exceed 0, without bound
      const rounded = operand(splitQueries(wide, block, shape, D, true), precision)
      const delta = tf.sum(splitQueries(products, block, shape, D, true), -1, true)
      const dv = matMul(operand(prob, precision), rounded, { transposeA: true }) // [R KV, L, D]
      const dscores = operand(tf.mul(prob, tf.sub(matMul(rounded, v, { transposeB: true }), delta)), precision)
      const dq = joinQueries(matMul(dscores, k), block, shape, D)
      const dk = matMul(dscores, q, { transposeA: true })
      const toRows = (x: Tensor): Tensor => scatterRows(joinKeys(x, block, shape), block.keyRows, dy.tensor.shape[0])
      return { joined: [dq], added: [toRows(dk), toRows(dv)] }
    })
    const [dq] = toPacked(joined, placed)
    return operand(tf.concat([tf.mul(dq, constant(D ** -0.5)), ...added], 1), precision)
  })
}

/** What a block of the rectangle computes. */
interface BlockResults {
  /** Of its queries [R Q, ...]: those of all blocks are put one after another. */
  readonly joined: readonly Tensor[]
  /** Of all rows: those of all blocks are added. */
  readonly added: readonly Tensor[]
}

/** Run work on blocks of the rectangle with at most `mostScores` scores each, if a single query's aren't more. */
function inBlocks(placed: PaddedRuns, { heads }: HeadShape, mostScores: number, work: (block: PaddedRuns) => BlockResults): BlockResults {
  let added: readonly Tensor[] = []
  const parts = blocksOf(placed, Math.max(1, Math.floor(mostScores / (heads * placed.keys)))).map((block) => {
    const before = added
    const part = tidy(() => {
      const own = work(withIndices(rowsOfBlock(placed, block)))
      return { joined: own.joined, added: own.added.map((x, i) => (before.length > 0 ? tf.add(before[i], x) : x)) }
    })
    tf.dispose([...before])
    added = part.added
    return part.joined
  })
  return { joined: parts[0].map((_, i) => tf.concat(parts.map((part) => part[i]))), added }
}

/** Whole runs, or a part of one run's queries. */
interface Block {
  readonly run: number
  readonly count: number // of runs
  readonly query: number
  readonly queries: number // of each run
}

/** Blocks of about the same size, with at most `rows` queries in all. */
function blocksOf({ count, queries }: PaddedRuns, rows: number): Block[] {
  const runsAtATime = evenPart(count, Math.max(1, Math.floor(rows / queries)))
  const queriesAtATime = evenPart(queries, rows)
  const blocks: Block[] = []
  for (let run = 0; run < count; run += runsAtATime)
    for (let query = 0; query < queries; query += queriesAtATime)
      blocks.push({ run, count: Math.min(runsAtATime, count - run), query, queries: Math.min(queriesAtATime, queries - query) })
  return blocks
}

/** The size of the fewest parts of at most `most`. */
const evenPart = (size: number, most: number): number => Math.ceil(size / Math.ceil(size / most))

function rowsOfBlock(placed: PaddedRuns, { run, count, query, queries }: Block): PaddedRuns {
  const { queries: Q, keys: L } = placed
  if (count === placed.count && queries === Q) return placed
  const first = run * Q + query
  return {
    ...{ count, queries, keys: L, packedRows: placed.packedRows },
    queryRows: tf.slice(placed.queryRows, first, count * queries),
    keyRows: tf.slice(placed.keyRows, run * L, count * L),
    isQuery: tf.slice(placed.isQuery, [first, 0], [count * queries, 1]),
    mask: tf.slice(placed.mask, [run, 0, query, 0], [count, 1, queries, L]),
  }
}

/** Columns of keys and values in a training's qkv. */
export const ownKeys = ({ heads, keyValueHeads, headDim }: HeadShape): KeyPlace => ({
  keyOffset: heads * headDim,
  valueOffset: (heads + keyValueHeads) * headDim,
})

/**
 * Of each block q [R KV, G Q, D], scaled; k and v [R KV, L, D]. A group's query heads are stacked along time, so that keys are never repeated.
 */
function rectangles(queries: Operand, keys: Operand, shape: HeadShape, where: KeyPlace) {
  const { heads: H, keyValueHeads: KV, headDim: D } = shape
  const wide = widen(queries)
  const scaled = tf.mul(tf.slice(wide, [0, 0], [wide.shape[0], H * D]), constant(D ** -0.5)) // [N, H D]
  const columns = (x: Tensor, offset: number): Tensor => tf.slice(x, [0, offset], [x.shape[0], KV * D])
  // of a cache only the rows that are read are widened; of a pass's own rows only the columns of keys or values are gathered
  const own = keys === queries ? { keys: columns(wide, where.keyOffset), values: columns(wide, where.valueOffset) } : null // [N, KV D]
  return (block: PaddedRuns) => {
    const gather = (tensor: Tensor): Tensor => gatherRows({ tensor, precision: 'float32' }, block.keyRows)
    const cached = own ? null : gatherRows(keys, block.keyRows) // [R L, W]
    const keyBlock = (rows: Tensor): Operand => {
      const heads = tf.transpose(tf.reshape(rows, [block.count, block.keys, KV, D]), [0, 2, 1, 3])
      return operand(tf.reshape(heads, [block.count * KV, block.keys, D]), queries.precision)
    }
    return {
      q: operand(splitQueries(scaled, block, shape, D, false), queries.precision),
      k: keyBlock(own ? gather(own.keys) : columns(cached!, where.keyOffset)),
      v: keyBlock(own ? gather(own.values) : columns(cached!, where.valueOffset)),
    }
  }
}

function masked(q: Operand, k: Operand, runs: PaddedRuns, shape: HeadShape): Tensor {
  const scores = matMul(q, k, { transposeB: true })
  const byHead = tf.reshape(scores, [runs.count, shape.heads, runs.queries, runs.keys])
  return tf.reshape(tf.add(byHead, runs.mask), scores.shape)
}

/** [N, H W] -> [R KV, G Q, W]. Padding repeats query 0, or is zero if `clean` (required for gradients). */
function splitQueries(x: Tensor, runs: PaddedRuns, { heads: H, keyValueHeads: KV }: HeadShape, W: number, clean: boolean): Tensor {
  const rows = gatherRows({ tensor: x, precision: 'float32' }, runs.queryRows) // [R Q, H W]
  const padded = clean ? tf.mul(rows, runs.isQuery) : rows
  const byHead = tf.transpose(tf.reshape(padded, [runs.count, runs.queries, H, W]), [0, 2, 1, 3])
  return tf.reshape(byHead, [runs.count * KV, (H / KV) * runs.queries, W])
}

/** [R KV, G Q, W] -> [R Q, H W]. */
function joinQueries(x: Tensor, runs: PaddedRuns, { heads: H }: HeadShape, W: number): Tensor {
  const byQuery = tf.transpose(tf.reshape(x, [runs.count, H, runs.queries, W]), [0, 2, 1, 3])
  return tf.reshape(byQuery, [runs.count * runs.queries, H * W])
}

/** [R Q, W] -> [N, W], each. */
function toPacked(tables: readonly Tensor[], { packedRows }: PaddedRuns): Tensor[] {
  const rows = tf.cast(packedRows, 'int32')
  return tables.map((tensor) => gatherRows({ tensor, precision: 'float32' }, rows))
}

/** [R KV, L, D] -> [R L, KV D]. */
function joinKeys(x: Tensor, runs: PaddedRuns, { keyValueHeads: KV, headDim: D }: HeadShape): Tensor {
  const byKey = tf.transpose(tf.reshape(x, [runs.count, KV, runs.keys, D]), [0, 2, 1, 3])
  return tf.reshape(byKey, [runs.count * runs.keys, KV * D])
}
