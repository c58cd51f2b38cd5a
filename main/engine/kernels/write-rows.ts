import * as tf from '@tensorflow/tfjs-core'
import { constant } from '../backends/constant.ts'
import { kernel } from '../backends/kernel-set.ts'
import { callKernel } from '../backends/native-kernels.ts'
import { type Operand, operand, sliceOperand, widen } from '../backends/operand.ts'
import { handleOf, isNative, run, typeAttribute, typeOf, wrap } from '../backends/raw-ops.ts'
import { tidy } from '../backends/tidy.ts'
import { wgslWriteRows } from './wgsl/write-rows.ts'

/**
 * Write columns [from, from + W) of the source into rows of a storage tensor: storage [M, W], source [N, >= from + W], rows [N, 1], all
 * distinct, in int32 or, for TensorFlow's own operations, in float32. The native kernel and the shader write in place and return the same tensor.
 * TensorFlow's operation writes in place too and returns another tensor of the same memory. Otherwise a new tensor is returned and the old
 * one freed.
 */
export const writeRows = kernel({
  plain: (storage: Operand, source: Operand, rows: tf.Tensor2D, from: number): Operand =>
    (isNative() ? updateRows : plainWriteRows)(storage, source, rows, from),
  native: nativeWriteRows,
  wgsl: wgslWriteRows,
})

function nativeWriteRows(storage: Operand, source: Operand, rows: tf.Tensor2D, from: number): Operand {
  callKernel('LaurelWriteRows', storage.precision, [storage.tensor, source.tensor, rows], { from }, 0)
  return storage
}

/** The tensor that holds the rows from now on. What reads them must use the returned one, and so depend on their writing. */
function updateRows(storage: Operand, source: Operand, rows: tf.Tensor2D, from: number): Operand {
  return tidy(() => {
    const { precision } = storage
    const values = sliceOperand(source, [0, from], [rows.shape[0], storage.tensor.shape[1] as number])
    const indices = tf.cast(tf.reshape(rows, [-1]), 'int32')
    const handles = [storage.tensor, indices, values.tensor].map(handleOf)
    return { tensor: wrap(run('InplaceUpdate', [typeAttribute('T', typeOf(precision))], handles)), precision }
  })
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
