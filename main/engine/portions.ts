/** How much is worked through at once: large enough to keep the products busy, small enough to bound memory, which `memory-estimate.ts` counts by it. */

/** Tokens of a training's micro-batch: about as many activations per layer whatever the model's width (2,048 tokens at 576). */
export const tokenBudget = (hidden: number): number => Math.max(256, Math.floor(1_200_000 / hidden))

/** Rows that the head predicts for at once, so that [M, V] never exists whole: 512 x 49,152 logits are 50 MB in bfloat16. */
export const HEAD_CHUNK = 512

/** Tokens of new text computed in one pass, beside one of each running sequence. Between passes a stop is heard. */
export const PASS_TOKENS = 2048

/** Slots of the key-value cache that are given out together. A text wastes half a block on average; attention reads keys in stretches of at least this length. */
export const CACHE_BLOCK = 32

/**
 * Cut a batch into micro-batches that fit into memory: consecutive examples, at most `budget` tokens (one example at
 * least). The parts' gradients are summed, so the cut changes nothing but memory and rounding.
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
