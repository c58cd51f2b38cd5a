import { CACHE_BLOCK } from '../batch-limits.ts'

/**
 * Allocator of KV cache slots. Slots are handed out in blocks and returned when no text needs them. Nothing in the cache ever moves, and
 * texts of different lengths share it without padding.
 */
export class BlockPool {
  /** Descending, so that the lowest block is taken first. Adjacent blocks then tend to belong to one text, whose keys are contiguous. */
  readonly #free: number[] = []
  #blocks = 0

  /** Slots the cache must have: those of every block ever used. */
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

/** Number of blocks for a number of tokens. */
export const blocksFor = (tokens: number): number => Math.ceil(tokens / CACHE_BLOCK)
