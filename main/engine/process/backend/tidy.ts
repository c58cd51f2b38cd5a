import * as tf from '@tensorflow/tfjs'
import { progressed } from '../pulse.ts'

/**
 * `tf.tidy` for any result type: tensors made inside are freed, except those found in the returned object or array.
 * Every part of the numeric work is one, so each counts as progress.
 * (tfjs's own type admits only index-signature types, which interfaces are not.)
 */
export function tidy<T>(body: () => T): T {
  progressed()
  return tf.tidy(body as () => tf.TensorContainer) as T
}
