import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { type Operand, takeOperand, widen } from '../backend/operand.ts'
import { tidy } from '../backend/tidy.ts'

/** Rows of a table by index, as float32: table [V, C], indices [N] -> [N, C]. */
export const gatherRows = (table: Operand, indices: Tensor): Tensor => tidy(() => widen(takeOperand(table, indices)))

/**
 * Gradient of `gatherRows`: each row is added where it came from. dy [N, C], indices [N] -> [count, C].
 *
 * Backends without a kernel for it (wasm, webgpu) multiply by the one-hot matrix of the indices instead.
 */
export function scatterRows(dy: Tensor, indices: Tensor, count: number): Tensor {
  if (tf.getKernel('UnsortedSegmentSum', tf.getBackend())) return tf.unsortedSegmentSum(dy, indices as tf.Tensor1D, count)
  return tidy(() => tf.matMul(tf.oneHot(indices.toInt(), count).toFloat() as tf.Tensor2D, dy as tf.Tensor2D, true, false))
}
