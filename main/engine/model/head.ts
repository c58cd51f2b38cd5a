import type { Tensor } from '@tensorflow/tfjs-core'
import { type Operand, product } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { scoreLogits, scoreLogitsBackward, type TargetTokens, type TokenScores } from '../kernels/token-scores.ts'
import type { GradientSums } from './gradients.ts'
import type { Parameter } from './parameter.ts'

// M rows of hidden states with targets, C hidden size, V vocabulary.

/** Saved by each chunk for the backward pass. */
export interface HeadSaved {
  readonly hidden: Operand // [M, C]
  readonly probabilities: Operand // [M, V]
  readonly targets: TargetTokens // [M]
}

/** hidden [M, C] -> logits [M, V]. */
export const logitsOf = (head: Parameter, hidden: Operand): Operand => product(hidden, head.operand, { transposeB: true })

/** Log-probabilities of target tokens: `log p = logit[target] - logsumexp(logits)`; hidden [M, C], targets [M]. */
export function scoreTokens(head: Parameter, hidden: Operand, targets: TargetTokens): { scores: TokenScores; saved: HeadSaved } {
  return tidy(() => {
    const { probabilities, ...scores } = scoreLogits(logitsOf(head, hidden), targets)
    return { scores, saved: { hidden, probabilities, targets } }
  })
}

/**
 * Backward pass, with g = dL/dlogprobs [M]: `dlogits = g (onehot - p)`, `dhidden = dlogits W`, `dW = dlogits^T h`. Consumes the saved
 * probabilities. Returns dhidden [M, C].
 */
export function scoreTokensBackward(
  head: Parameter,
  g: Tensor,
  { hidden, probabilities, targets }: HeadSaved,
  gradients: GradientSums,
): Operand {
  return tidy(() => {
    const dlogits = scoreLogitsBackward(g, probabilities, targets) // [M, V]
    if (head.trainable) gradients.add(head.name, product(dlogits, hidden, { transposeA: true }))
    return product(dlogits, head.operand)
  })
}
