/** Work sizes: large enough for efficient products, small enough to bound memory (`memory-estimate.ts` relies on them). */

/** Tokens per training micro-batch, for about the same activation memory per layer at any width (2,048 tokens at 576). */
export const tokenBudget = (hidden: number): number => Math.max(256, Math.floor(1_200_000 / hidden))

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
