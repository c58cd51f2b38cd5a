import type { ModelShape } from '../shared/engine-protocol.ts'

/** Token counts of a pair's three parts. */
interface PairLengths {
  readonly prompt: number
  readonly chosen: number
  readonly rejected: number
}

type Shape = Pick<ModelShape, 'layers' | 'hidden' | 'intermediate' | 'heads' | 'keyValueHeads' | 'headDim' | 'vocabulary'>

/**
 * Floating-point operations of one token's matrix products in all layers, without the attention products:
 *
 *     2 L (C (H + 2 KV) D + H D C + 3 C F)
 *
 * that is, one multiplication and one addition per weight of the q, k, v, output, gate, up and down projections.
 */
export const projectionFlops = ({ layers, hidden, intermediate, heads, keyValueHeads, headDim }: Shape): number =>
  2 * layers * (hidden * (heads + 2 * keyValueHeads) * headDim + heads * headDim * hidden + 3 * hidden * intermediate)

/**
 * Attention products over `seen` (query, key) pairs, in every layer and head: D multiply-adds for the score and D for the weighted value.
 */
export const attentionFlops = ({ layers, heads, headDim }: Shape, seen: number): number => 4 * layers * heads * headDim * seen

/** Output layer, per predicted token. */
export const headFlops = ({ hidden, vocabulary }: Shape): number => 2 * hidden * vocabulary

/** Number of causal (query, key) pairs of n tokens that follow `before` tokens of shared context. */
export const seenPairs = (n: number, before = 0): number => n * before + (n * (n + 1)) / 2

/**
 * Useful operations of one DPO step: the prompt is computed once for both responses, only response tokens are predicted, the backward pass
 * costs two forward passes (gradients of both factors of each product), and the reference costs one more forward pass:
 *
 *     (1 + 1 + 2) sum over pairs (projections (p + c + r) + attention seen(p, c, r) + head (c + r))
 *
 * Anything an implementation computes on top (prompts twice, padding, recomputed activations) doesn't count.
 */
export function dpoStepFlops(config: Shape, pairs: readonly PairLengths[]): number {
  const forward = pairs.reduce((sum, { prompt, chosen, rejected }) => {
    const seen = seenPairs(prompt) + seenPairs(chosen, prompt) + seenPairs(rejected, prompt)
    return (
      sum + projectionFlops(config) * (prompt + chosen + rejected) + attentionFlops(config, seen) + headFlops(config) * (chosen + rejected)
    )
  }, 0)
  return 4 * forward
}

/** Useful operations of one SFT step over completions: a forward pass, and a backward pass at twice its cost. */
export function sftStepFlops(config: Shape, examples: readonly { readonly prompt: number; readonly completion: number }[]): number {
  return examples.reduce((sum, { prompt, completion }) => {
    const forward =
      projectionFlops(config) * (prompt + completion) +
      attentionFlops(config, seenPairs(prompt + completion)) +
      headFlops(config) * completion
    return sum + 3 * forward
  }, 0)
}
