import type { Tensor2D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'

/**
 * Muon (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"): momentum, then the update is replaced by the
 * nearest semi-orthogonal matrix, so that every direction of a weight matrix moves at the same rate.
 *
 *     B <- mu B + G,    U = G + mu B  (Nesterov),    W <- (1 - eta lambda) W - eta sqrt(max(1, rows / columns)) NS(U)
 *
 * NS is a Newton-Schulz iteration with the quintic polynomial p(s) = a s + b s^3 + c s^5 on the singular values s. Its coefficients are
 * chosen for speed near 0, not for convergence: values end up at about 0.7 .. 1.2, which is close enough.
 */
interface MuonConfig {
  readonly momentum: number
  readonly weightDecay: number
}

const a = 3.4445
const b = -4.775
const c = 2.0315
const newtonSchulzSteps = 5
const tiny = 1e-7

/** Approximates the orthogonal factor U V^T of the matrix's singular value decomposition U S V^T. [R, C] -> [R, C] */
export function orthogonalise(matrix: Tensor2D): Tensor2D {
  return tf.tidy(() => {
    const tall = matrix.shape[0] > matrix.shape[1]
    const wide = tall ? tf.transpose(matrix) : matrix // so that the products below have the smaller size
    let x: Tensor2D = tf.div(wide, tf.add(tf.norm(wide), tiny)) // the Frobenius norm bounds the largest singular value
    for (let step = 0; step < newtonSchulzSteps; step++) {
      const square = tf.matMul(x, x, false, true) as Tensor2D
      const even: Tensor2D = tf.add(tf.mul(square, b), tf.mul(tf.matMul(square, square), c))
      x = tf.add(tf.mul(x, a), tf.matMul(even, x))
    }
    return tall ? tf.transpose(x) : x
  })
}

/** One update of one matrix. Returns the new value and momentum; doesn't dispose its inputs. */
export function muonStep(
  value: Tensor2D,
  gradient: Tensor2D,
  momentum: Tensor2D,
  learningRate: number,
  config: MuonConfig,
): { value: Tensor2D; momentum: Tensor2D } {
  return tf.tidy(() => {
    const newMomentum: Tensor2D = tf.add(tf.mul(momentum, config.momentum), gradient)
    const direction = orthogonalise(tf.add(gradient, tf.mul(newMomentum, config.momentum)))
    const [rows, columns] = value.shape
    const speed = learningRate * Math.sqrt(Math.max(1, rows / columns))
    const decayed = tf.mul(value, 1 - learningRate * config.weightDecay)
    return { value: tf.sub(decayed, tf.mul(direction, speed)), momentum: newMomentum }
  })
}
