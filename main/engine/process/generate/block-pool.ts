import { CACHE_BLOCK } from '../../portions.ts'

/**
 * Which places ("slots") of the key-value cache are in use. They are given out in blocks and come back when nobody needs them any more, so
 * nothing in the cache is ever moved, and texts of very different length share it without padding.
 */
export class BlockPool {
  /** Falling, so that the lowest is taken first: neighbouring blocks then tend to belong to one text, whose keys lie together. */
  readonly #free: number[] = []
  #blocks = 0

  /** What the cache must hold: the slots of every block that was ever in use. */
  get slots(): number {
    return this.#blocks * CACHE_BLOCK
  }

  get blocksInUse(): number {
    return this.#blocks - this.#free.length
  }

  take(): number {
    return this.#free.pop() ?? this.#blocks++
  }

  give(blocks: readonly number[]): void {
    this.#free.push(...blocks)
    this.#free.sort((a, b) => b - a)
  }
}

/** Blocks that hold a number of tokens. */
export const blocksFor = (tokens: number): number => Math.ceil(tokens / CACHE_BLOCK)
