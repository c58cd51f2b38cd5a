/** Work sizes: large enough for efficient products, small enough to bound memory (`memory-estimate.ts` relies on them). */

/**
 * GPU memory beside weights and optimizer that one such budget of tokens may have, so from twice as much on micro-batches grow. The plain
 * kernels' peak is then at most three tenths of a GPU's memory, with pairs of 640 tokens and with very uneven ones of 2,100 (counted,
 * `bench/dry.ts`).
 */
const ROOM_PER_BUDGET = 6e9

/**
 * Tokens per training micro-batch, for about the same activation memory per layer at any width (2,048 tokens at 576). `room`: bytes that a GPU
 * has for activations, whose small micro-batches would leave it idle; null: memory is the computer's, which other programs need too.
 */
export const tokenBudget = (hidden: number, room: number | null = null): number =>
  Math.floor(Math.max(256, Math.floor(1_200_000 / hidden)) * Math.max(1, (room ?? 0) / ROOM_PER_BUDGET))

/** Rows per head chunk, so that [M, V] is never complete in memory: 512 x 49,152 logits are 50 MB in bfloat16. */
export const HEAD_CHUNK = 512

/** New tokens per pass, on top of one per running sequence. Cancellation is checked between passes. */
export const PASS_TOKENS = 2048

/** Slots per KV cache block. A text wastes half a block on average; attention reads keys in runs of at least this length. */
export const CACHE_BLOCK = 32

/**
 * Split a batch into micro-batches of consecutive examples with at most `budget` tokens (but at least one example). Their gradients are
 * summed, so the split affects memory and rounding only.
 */
export function microBatches<T>(examples: readonly T[], tokensOf: (example: T) => number, budget: number): T[][] {
  const parts: T[][] = []
  let tokens = 0
  for (const example of examples) {
    const size = tokensOf(example)
    const last = parts.at(-1)
    if (!last || tokens + size > budget) {
      parts.push([example])
      tokens = size
    } else {
      last.push(example)
      tokens += size
    }
  }
  return parts
}
