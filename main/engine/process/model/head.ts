import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { matMul, type Operand, operand, widen } from '../backend/operand.ts'
import { tidy } from '../backend/tidy.ts'
import { gatherRows, scatterRows } from './embedding.ts'
import type { Gradients } from './gradients.ts'
import type { Parameter } from './parameter.ts'

// M rows of hidden states that predict something, C hidden size, V vocabulary.

/** Rows worked through at once, so that [M, V] never exists whole: 512 x 49,152 logits are 100 MB. */
export const HEAD_CHUNK = 512

/** What is known of each predicted token; all [M]. */
export interface TokenScores {
  readonly logprobs: Tensor // log p of the target
  readonly entropy: Tensor // of the predicted distribution, in nats
  readonly correct: Tensor // 1 where the target was the likeliest
}

/** What a chunk keeps for the way back. */
export interface HeadSaved {
  readonly hidden: Operand // [M, C]
  readonly probabilities: Operand // [M, V]
  readonly targets: Tensor // [M]
}

/** hidden [M, C] -> logits [M, V], float32. */
export const logitsOf = (head: Parameter, hidden: Tensor): Tensor =>
  tidy(() => matMul(operand(hidden, head.operand.precision), head.operand, { transposeB: true }))

/**
 * Log-probabilities of target tokens: `log p = logit[target] - logsumexp(logits)`.
 *
 * The normaliser comes from the fused softmax, `logsumexp = logit[j] - log p[j]` at the likeliest token j, where p is
 * large and its logarithm exact; the entropy is `logsumexp - sum(p logit)`.
 */
export function scoreTokens(head: Parameter, hidden: Tensor, targets: Tensor): { scores: TokenScores; saved: HeadSaved } {
  return tidy(() => {
    const { precision } = head.operand
    const x = operand(hidden, precision)
    const logits = matMul(x, head.operand, { transposeB: true }) // [M, V]
    const p = tf.softmax(logits)
    const likeliest = tf.argMax(logits, 1) // [M]
    const normaliser = pick(logits, likeliest).sub(tf.log(pick(p, likeliest)))
    const scores = {
      logprobs: pick(logits, targets).sub(normaliser),
      entropy: normaliser.sub(p.mul(logits).sum(1)),
      correct: tf.equal(likeliest, targets).toFloat(),
    }
    return { scores, saved: { hidden: x, probabilities: operand(p, precision), targets } }
  })
}

/**
 * The way back, with g = dL/dlogprobs [M]: `dlogits = g (onehot - p)`, so `dhidden = g (W[target] - p W)` and
 * `dW = scatter(target, g h) - p^T (g h)`. Returns dhidden [M, C].
 */
export function scoreTokensBackward(head: Parameter, g: Tensor, saved: HeadSaved, gradients: Gradients): Tensor {
  return tidy(() => {
    const column = g.reshape([-1, 1])
    const { hidden, probabilities, targets } = saved
    const dhidden = gatherRows(head.operand, targets).sub(matMul(probabilities, head.operand)).mul(column)
    if (head.trainable) {
      const scaled = widen(hidden).mul(column) // [M, C]
      const expected = matMul(probabilities, operand(scaled, hidden.precision), { transposeA: true }) // [V, C]
      gradients.add(head.name, scatterRows(scaled, targets, head.shape[0]).sub(expected))
    }
    return dhidden
  })
}

/** One value of each row: x [M, V], columns [M] -> [M]. */
function pick(x: Tensor, columns: Tensor): Tensor {
  const [rows, width] = x.shape
  const places = tf.range(0, rows, 1, 'int32').mul(tf.scalar(width, 'int32')).add(columns.toInt())
  return gatherRows({ tensor: x.reshape([rows * width, 1]), precision: 'float32' }, places).reshape([rows])
}
