import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { callKernel, hasNativeKernels } from '../backends/native-kernels.ts'
import { type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { gatherRows } from './embedding.ts'

// M rows of logits, V vocabulary.

/** Scores of each predicted token, all [M]. */
export interface TokenScores {
  readonly logprobs: Tensor // log p of the target
  readonly entropy: Tensor // of the predicted distribution, in nats
  readonly correct: Tensor // 1 if the target was the most likely token
}

interface ScoredLogits extends TokenScores {
  readonly probabilities: Operand // [M, V]
}

/**
 * Softmax of logits [M, V] and the scores of targets [M]: `log p = logit[target] - logsumexp(logits)`, entropy `logsumexp - sum(p logit)`.
 * Consumes the logits: the native kernel overwrites them with the probabilities and returns the same tensor.
 */
export function scoreLogits(logits: Operand, targets: Tensor): ScoredLogits {
  if (!hasNativeKernels()) return plainScoreLogits(logits, targets)
  const [logprobs, entropy, correct] = callKernel('LaurelScoreLogits', logits.precision, [logits.tensor, targets], {}, 3)
  return { logprobs, entropy, correct, probabilities: logits }
}

/** With g = dL/dlogprobs [M]: `dlogits = g (onehot(target) - p)` [M, V]. Consumes the probabilities, which the native kernel overwrites. */
export function scoreLogitsBackward(g: Tensor, probabilities: Operand, targets: Tensor): Operand {
  if (!hasNativeKernels()) return plainScoreLogitsBackward(g, probabilities, targets)
  callKernel('LaurelScoreLogitsBackward', probabilities.precision, [g, probabilities.tensor, targets], {}, 0)
  return probabilities
}

/**
 * The normalizer follows from the fused softmax: `logsumexp = logit[j] - log p[j]` at the most likely token j, where p is large and its log
 * accurate.
 */
export function plainScoreLogits(logits: Operand, targets: Tensor): ScoredLogits {
  return tidy(() => {
    const wide = widen(logits)
    const p = tf.softmax(wide)
    const mostLikely = tf.argMax(wide, 1) // [M]
    const normalizer = tf.sub(pick(wide, mostLikely), tf.log(pick(p, mostLikely)))
    return {
      logprobs: tf.sub(pick(wide, targets), normalizer),
      entropy: tf.sub(normalizer, tf.sum(tf.mul(p, wide), 1)),
      correct: tf.cast(tf.equal(mostLikely, targets), 'float32'),
      probabilities: operand(p, logits.precision),
    }
  })
}

export function plainScoreLogitsBackward(g: Tensor, probabilities: Operand, targets: Tensor): Operand {
  return tidy(() => {
    const column = tf.reshape(g, [-1, 1])
    const onehot = tf.cast(tf.oneHot(tf.cast(targets, 'int32'), probabilities.tensor.shape[1] as number), 'float32')
    return operand(tf.mul(tf.sub(onehot, widen(probabilities)), column), probabilities.precision)
  })
}

/** One value per row: x [M, V], columns [M] -> [M]. */
function pick(x: Tensor, columns: Tensor): Tensor {
  const [rows, width] = x.shape
  const places = tf.add(tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(width, 'int32')), tf.cast(columns, 'int32'))
  return tf.reshape(gatherRows({ tensor: tf.reshape(x, [rows * width, 1]), precision: 'float32' }, places), [rows])
}
