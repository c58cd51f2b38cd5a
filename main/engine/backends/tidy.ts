import * as tf from '@tensorflow/tfjs-core'
import { progressed } from './pulse.ts'

/**
 * `tf.tidy` for any result type: frees tensors created inside, except those in the returned object or array. All numeric work goes through
 * here, so each call counts as progress. (tfjs's own type only admits index-signature types, which excludes interfaces.)
 */
export function tidy<T>(body: () => T): T {
  progressed()
  return tf.tidy(body as () => tf.TensorContainer) as T
}
