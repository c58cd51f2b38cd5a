import type { ModelShape } from './protocol.ts'

/** Tokens of a pair's three parts. */
export interface PairLengths {
  readonly prompt: number
  readonly chosen: number
  readonly rejected: number
}

type Shape = Pick<ModelShape, 'layers' | 'hidden' | 'intermediate' | 'heads' | 'keyValueHeads' | 'headDim' | 'vocabulary'>

/**
 * Floating-point operations of the matrix products that a token's way through the layers takes, attention's own left out:
 *
 *     2 L (C (H + 2 KV) D + H D C + 3 C F)
 *
 * a multiplication and an addition for every weight of the q, k, v, output, gate, up and down projections.
 */
export const projectionFlops = ({ layers, hidden, intermediate, heads, keyValueHeads, headDim }: Shape): number =>
  2 * layers * (hidden * (heads + 2 * keyValueHeads) * headDim + heads * headDim * hidden + 3 * hidden * intermediate)

/** For every query and every key it sees, in every layer and head: D multiplications and additions for the score, as many for the weighted value. */
export const attentionFlops = ({ layers, heads, headDim }: Shape, seen: number): number => 4 * layers * heads * headDim * seen

/** The output layer, for every token that is predicted. */
export const headFlops = ({ hidden, vocabulary }: Shape): number => 2 * hidden * vocabulary

/** How many (query, key) pairs a text of n tokens has when each sees itself and what is before, `before` tokens of which are another text's. */
export const seenPairs = (n: number, before = 0): number => n * before + (n * (n + 1)) / 2

/**
 * Useful products of one DPO step over some pairs: the prompt is computed once for both responses, only response tokens
 * are predicted, a backward pass takes twice the forward pass (gradients of both factors of each product), and the
 * reference takes one more forward pass:
 *
 *     (1 + 1 + 2) sum over pairs (projections (p + c + r) + attention seen(p, c, r) + head (c + r))
 *
 * Whatever an implementation computes beyond this (prompts twice, padding, recomputed activations) does not count.
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

/** Useful products of one SFT step over completions: a forward pass and a backward pass of twice its cost. */
export function sftStepFlops(config: Shape, examples: readonly { readonly prompt: number; readonly completion: number }[]): number {
  return examples.reduce((sum, { prompt, completion }) => {
    const forward =
      projectionFlops(config) * (prompt + completion) +
      attentionFlops(config, seenPairs(prompt + completion)) +
      headFlops(config) * completion
    return sum + 3 * forward
  }, 0)
}
