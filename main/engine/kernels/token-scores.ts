import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { kernel } from '../backends/kernel-set.ts'
import { callKernel } from '../backends/native-kernels.ts'
import { gatherInRows, type Operand, operand, widen } from '../backends/operand.ts'
import { isNative } from '../backends/raw-ops.ts'
import { tidy } from '../backends/tidy.ts'
import { gatherRows } from './embedding.ts'
import { wgslScoreLogits, wgslScoreLogitsBackward } from './wgsl/token-scores.ts'

// M rows of logits, V vocabulary.

/** Scores of each predicted token, all [M]. */
export interface TokenScores {
  readonly logprobs: Tensor // log p of the target
  readonly entropy: Tensor // of the predicted distribution, in nats
  readonly correct: Tensor // 1 if the target was the most likely token
}

/** Target tokens [M], on the host and on the device. */
export interface TargetTokens {
  readonly ids: readonly number[]
  readonly tensor: Tensor // int32, or float32 where work is replayed
}

export const targetTokens = (ids: readonly number[]): TargetTokens => ({ ids, tensor: tf.tensor1d([...ids], 'int32') })

export interface ScoredLogits extends TokenScores {
  readonly probabilities: Operand // [M, V]
}

/**
 * Softmax of logits [M, V] and the scores of targets [M]: `log p = logit[target] - logsumexp(logits)`, entropy `logsumexp - sum(p logit)`.
 * Consumes the logits: the native kernel overwrites them with the probabilities and returns the same tensor.
 */
export const scoreLogits = kernel({ plain: plainScoreLogits, native: nativeScoreLogits, wgsl: wgslScoreLogits })

function nativeScoreLogits(logits: Operand, targets: TargetTokens): ScoredLogits {
  const [logprobs, entropy, correct] = callKernel('LaurelScoreLogits', logits.precision, [logits.tensor, targets.tensor], {}, 3)
  return { logprobs, entropy, correct, probabilities: logits }
}

/** With g = dL/dlogprobs [M]: `dlogits = g (onehot(target) - p)` [M, V]. Consumes the probabilities, which the native kernel overwrites. */
export const scoreLogitsBackward = kernel({
  plain: plainScoreLogitsBackward,
  native: nativeScoreLogitsBackward,
  wgsl: wgslScoreLogitsBackward,
})

function nativeScoreLogitsBackward(g: Tensor, probabilities: Operand, targets: TargetTokens): Operand {
  callKernel('LaurelScoreLogitsBackward', probabilities.precision, [g, probabilities.tensor, targets.tensor], {}, 0)
  return probabilities
}

/**
 * The normalizer follows from the fused softmax: `logsumexp = logit[j] - log p[j]` at the most likely token j, where p is large and its log
 * accurate. Tokens are compared as float32, which holds every id exactly, because a GPU's int32 arithmetic takes place on the host.
 */
export function plainScoreLogits(logits: Operand, targets: TargetTokens): ScoredLogits {
  return tidy(() => {
    const wide = widen(logits)
    const p = tf.softmax(wide)
    const normalizer = tf.sub(tf.max(wide, 1), tf.log(tf.max(p, 1))) // [M]
    return {
      logprobs: tf.sub(isNative() ? pickOnDevice(wide, targets.tensor) : pick(wide, targets.ids), normalizer),
      entropy: tf.sub(normalizer, tf.sum(tf.mul(p, wide), 1)),
      correct: tf.cast(tf.equal(tf.cast(tf.argMax(wide, 1), 'float32'), tf.cast(targets.tensor, 'float32')), 'float32'),
      probabilities: operand(p, logits.precision),
    }
  })
}

export function plainScoreLogitsBackward(g: Tensor, probabilities: Operand, targets: TargetTokens): Operand {
  return tidy(() => {
    const column = tf.reshape(g, [-1, 1])
    const onehot = tf.cast(tf.oneHot(tf.cast(targets.tensor, 'int32'), probabilities.tensor.shape[1] as number), 'float32')
    return operand(tf.mul(tf.sub(onehot, widen(probabilities)), column), probabilities.precision)
  })
}

/** As `pick`, with columns on the device. */
const pickOnDevice = (x: Tensor, columns: Tensor): Tensor =>
  tf.reshape(gatherInRows(x, tf.cast(tf.reshape(columns, [-1, 1]), 'int32')), [-1])

/** One value per row: x [M, V], columns [M] -> [M]. */
function pick(x: Tensor, columns: readonly number[]): Tensor {
  const [rows, width] = x.shape
  const places = tf.tensor1d(
    columns.map((column, row) => row * width + column),
    'int32',
  )
  return tf.reshape(gatherRows({ tensor: tf.reshape(x, [rows * width, 1]), precision: 'float32' }, places), [rows])
}
