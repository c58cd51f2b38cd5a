import { CACHE_BLOCK } from '../batch-limits.ts'
import { prefixTree } from '../model/prefix-tree.ts'
import { type BlockPool, blocksFor } from './kv-cache.ts'

/** Consecutive tokens of one segment, computed in one pass. Everything before them is in the cache or in the same pass. */
export interface Piece {
  readonly segment: CachedSegment
  readonly from: number // position of the first token in its segment
  readonly count: number
  readonly slots: readonly number[] // slots for these tokens' keys and values, [count]
  /** Slots of all keys up to the last of these tokens: first slot, count, first slot, count ... */
  readonly ranges: readonly number[]
}

/**
 * A node of the radix (prefix) cache with the slots of its keys and values. A prefix that several texts share is one segment and is
 * computed once. The generated tokens of a sequence are a segment too, which grows at its end.
 */
export class CachedSegment {
  readonly parent: CachedSegment | null
  readonly depth: number // tokens before the segment
  readonly tokens: number[]
  readonly #pool: BlockPool
  readonly #blocks: number[] = []
  #computed = 0
  #users = 0

  constructor(tokens: readonly number[], parent: CachedSegment | null, pool: BlockPool) {
    this.tokens = [...tokens]
    this.parent = parent
    this.depth = parent ? parent.depth + parent.tokens.length : 0
    this.#pool = pool
  }

  /** Whether every token is in the cache, or will be after the pass being built. */
  get isComplete(): boolean {
    return this.#computed === this.tokens.length
  }

  /** Segments from the root to this one. */
  get path(): CachedSegment[] {
    const path: CachedSegment[] = []
    for (let at: CachedSegment | null = this; at; at = at.parent) path.push(at)
    return path.reverse()
  }

  /** Allocate slots for the next tokens, at most `room`. The segments before this one must be complete. */
  nextPiece(room: number): Piece {
    const from = this.#computed
    const count = Math.min(room, this.tokens.length - from)
    while (this.#blocks.length < blocksFor(from + count)) this.#blocks.push(this.#pool.take())
    this.#computed = from + count
    const slots = Array.from({ length: count }, (_, i) => this.#slot(from + i))
    return { segment: this, from, count, slots, ranges: this.#ranges() }
  }

  /** Add a user to this segment and all before it. */
  use(): void {
    for (const segment of this.path) segment.#users++
  }

  /** Remove a user; segments without users are freed. */
  leave(): void {
    for (const segment of this.path) {
      if (--segment.#users > 0) continue
      segment.#pool.give(segment.#blocks.splice(0))
      segment.#computed = 0
    }
  }

  #slot = (token: number): number => this.#blocks[Math.floor(token / CACHE_BLOCK)] * CACHE_BLOCK + (token % CACHE_BLOCK)

  #ranges(): number[] {
    const ranges: number[] = []
    for (const segment of this.path) {
      for (let token = 0; token < segment.#computed; token += CACHE_BLOCK) {
        addRange(ranges, segment.#slot(token), Math.min(CACHE_BLOCK, segment.#computed - token))
      }
    }
    return ranges
  }
}

/** Blocks in use by a set of segments. */
export const blocksOf = (segments: readonly CachedSegment[]): number =>
  segments.reduce((sum, { tokens }) => sum + blocksFor(tokens.length), 0)

/** Merge adjacent slots into one range. */
function addRange(ranges: number[], first: number, rows: number): void {
  const last = ranges.length - 2
  if (last >= 0 && ranges[last] + ranges[last + 1] === first) ranges[last + 1] += rows
  else ranges.push(first, rows)
}

/**
 * Take waiting texts off the end of the list and schedule their missing tokens, for at most `room` tokens and `most` texts. The last one
 * may be only partly scheduled; the next call continues it.
 */
export function completeNext<T>(waiting: T[], endOf: (text: T) => CachedSegment, room: number, most = Number.POSITIVE_INFINITY) {
  const pieces: Piece[] = []
  const complete: T[] = []
  let left = room
  while (waiting.length > 0 && complete.length < most) {
    const text = waiting[waiting.length - 1]
    const missing = missingPieces(endOf(text), left)
    pieces.push(...missing)
    left = missing.reduce((rest, { count }) => rest - count, left)
    if (!endOf(text).isComplete) break
    complete.push(text)
    waiting.pop()
  }
  return { pieces, complete }
}

/** Missing pieces of a text up to and including a segment, in order, for at most `room` tokens. */
function missingPieces(end: CachedSegment, room: number): Piece[] {
  const pieces: Piece[] = []
  let left = room
  for (const segment of end.path) {
    if (segment.isComplete) continue
    if (left === 0) break
    const piece = segment.nextPiece(left)
    pieces.push(piece)
    left -= piece.count
  }
  return pieces
}

/** Texts as a prefix tree. */
export interface RadixCache {
  readonly ends: readonly CachedSegment[] // the last segment of each text
  /** The texts' indices in tree order. Texts with a common prefix are adjacent: the first computes it, the last frees it. */
  readonly order: readonly number[]
  readonly segments: readonly CachedSegment[]
}

export function radixCache(texts: readonly (readonly number[])[], pool: BlockPool): RadixCache {
  const { segments, endOf } = prefixTree(texts)
  const cached: CachedSegment[] = []
  for (const { tokens, parent } of segments) cached.push(new CachedSegment(tokens, parent === -1 ? null : cached[parent], pool))
  return {
    ends: endOf.map((end) => cached[end]),
    order: texts.map((_, text) => text).sort((a, b) => endOf[a] - endOf[b]),
    segments: cached,
  }
}
