import * as tf from '@tensorflow/tfjs-core'
import { constant } from '../backends/constant.ts'
import { callKernel, hasNativeKernels } from '../backends/native-kernels.ts'
import { type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'

/**
 * Write columns [from, from + W) of the source into rows of a storage tensor: storage [M, W], source [N, >= from + W], rows [N, 1] int32, all
 * distinct. The native kernel writes in place and returns the same tensor; otherwise a new tensor is returned and the old one freed.
 */
export function writeRows(storage: Operand, source: Operand, rows: tf.Tensor2D, from: number): Operand {
  if (!hasNativeKernels()) return plainWriteRows(storage, source, rows, from)
  callKernel('LaurelWriteRows', storage.precision, [storage.tensor, source.tensor, rows], { from }, 0)
  return storage
}

export function plainWriteRows(storage: Operand, source: Operand, rows: tf.Tensor2D, from: number): Operand {
  const written = tidy(() => {
    const [M, W] = storage.tensor.shape
    const values = tf.slice(widen(source), [0, from], [rows.shape[0], W as number])
    const shape: [number, number] = [M, W as number]
    const replaced = tf.scatterND(rows, tf.onesLike(values), shape)
    return operand(tf.add(tf.mul(widen(storage), tf.sub(constant(1), replaced)), tf.scatterND(rows, values, shape)), storage.precision)
  })
  storage.tensor.dispose()
  return written
}
