import { CACHE_BLOCK } from '../../portions.ts'
import { prefixTree } from '../model/prefix-tree.ts'
import { type BlockPool, blocksFor } from './block-pool.ts'

/** Consecutive tokens of one segment, to be computed in one pass. What stands before them is in the cache or a part of the same pass. */
export interface Piece {
  readonly segment: CachedSegment
  readonly from: number // place of the first token in its segment
  readonly count: number
  readonly slots: readonly number[] // where keys and values of these tokens go, [count]
  /** Where the keys of the whole text up to the last of these tokens lie: first slot, slots, first slot, slots ... */
  readonly ranges: readonly number[]
}

/**
 * A segment of a tree of texts, and where its keys and values lie in the cache. A beginning that texts share is one segment, computed once
 * for all of them. What a sequence generates is a segment too, one that grows at its end.
 */
export class CachedSegment {
  readonly parent: CachedSegment | null
  readonly depth: number // tokens before it
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

  /** Whether every token is in the cache, or will be after the pass that is being put together. */
  get isComplete(): boolean {
    return this.#computed === this.tokens.length
  }

  /** The segments from the root to this one. */
  get path(): CachedSegment[] {
    const path: CachedSegment[] = []
    for (let at: CachedSegment | null = this; at; at = at.parent) path.push(at)
    return path.reverse()
  }

  /** Places for the next tokens, at most `room` of them. The segments before this one must be complete. */
  nextPiece(room: number): Piece {
    const from = this.#computed
    const count = Math.min(room, this.tokens.length - from)
    while (this.#blocks.length < blocksFor(from + count)) this.#blocks.push(this.#pool.take())
    this.#computed = from + count
    const slots = Array.from({ length: count }, (_, i) => this.#slot(from + i))
    return { segment: this, from, count, slots, ranges: this.#ranges() }
  }

  /** One more sequence needs this segment and all before it. */
  use(): void {
    for (const segment of this.path) segment.#users++
  }

  /** One sequence less; what nobody needs any more leaves the cache. */
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

/** Blocks that some segments take together. */
export const blocksOf = (segments: readonly CachedSegment[]): number =>
  segments.reduce((sum, { tokens }) => sum + blocksFor(tokens.length), 0)

/** Neighbouring slots are one range. */
function addRange(ranges: number[], first: number, rows: number): void {
  const last = ranges.length - 2
  if (last >= 0 && ranges[last] + ranges[last + 1] === first) ranges[last + 1] += rows
  else ranges.push(first, rows)
}

/**
 * Complete waiting texts in their order (the first one last in the list), as far as `room` tokens go: at most `most` of them, which leave the
 * list. The next one may be left half complete; it goes on with the next call.
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

/** What is missing of a text up to the end of a segment, from its beginning on, as far as `room` tokens go. */
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

/** Texts as a tree of what they share. */
export interface CachedTexts {
  readonly ends: readonly CachedSegment[] // the segment that each text ends in
  /** The texts' indices in the tree's order. Those that share a beginning stand together: it is computed by the first and leaves with the last. */
  readonly order: readonly number[]
  readonly segments: readonly CachedSegment[]
}

export function cachedTexts(texts: readonly (readonly number[])[], pool: BlockPool): CachedTexts {
  const { segments, endOf } = prefixTree(texts)
  const cached: CachedSegment[] = []
  for (const { tokens, parent } of segments) cached.push(new CachedSegment(tokens, parent === -1 ? null : cached[parent], pool))
  return {
    ends: endOf.map((end) => cached[end]),
    order: texts.map((_, text) => text).sort((a, b) => endOf[a] - endOf[b]),
    segments: cached,
  }
}
