import * as tf from '@tensorflow/tfjs'

/**
 * `tf.tidy` for any result type: tensors made inside are freed, except those found in the returned object or array.
 * (tfjs's own type admits only index-signature types, which interfaces are not.)
 */
export function tidy<T>(body: () => T): T {
  return tf.tidy(body as () => tf.TensorContainer) as T
}
