import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { constant } from '../backends/constant.ts'
import { kernel } from '../backends/kernel-set.ts'
import { callKernel } from '../backends/native-kernels.ts'
import { type Operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { MOST, wgslShortlist } from './wgsl/shortlist.ts'

export interface Shortlist {
  readonly values: Tensor // [S, k], the largest logits in descending order
  readonly ids: Tensor // [S, k] int32; lower id first among equal logits
  readonly mass: Tensor // [S], sum over the whole row of exp((logit - max) / T)
}

/** Top-k tokens of each row of logits [S, V] and the softmax normalizer: all that sampling needs. */
export const shortlist = kernel({
  plain: plainShortlist,
  native: nativeShortlist,
  wgsl: (logits, temperature, k) => (k > MOST ? plainShortlist : wgslShortlist)(logits, temperature, k),
})

function nativeShortlist(logits: Operand, temperature: number, k: number): Shortlist {
  const scalar = tf.scalar(temperature, 'float32')
  const [values, ids, mass] = callKernel('LaurelShortlist', logits.precision, [logits.tensor, scalar], { k }, 3)
  scalar.dispose()
  return { values, ids, mass }
}

export function plainShortlist(logits: Operand, temperature: number, k: number): Shortlist {
  return tidy(() => {
    const wide = widen(logits)
    const { values, indices } = tf.topk(wide, k)
    const max = tf.slice(values, [0, 0], [values.shape[0] as number, 1])
    return { values, ids: indices, mass: tf.sum(tf.exp(tf.div(tf.sub(wide, max), constant(temperature))), 1) }
  })
}
