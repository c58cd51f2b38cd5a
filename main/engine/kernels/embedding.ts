import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { kernel } from '../backends/kernel-set.ts'
import { type Operand, takeOperand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { wgslScatterRows } from './wgsl/embedding.ts'

/** Gather rows of a table as float32: table [V, C], indices [N] -> [N, C]. */
export const gatherRows = (table: Operand, indices: Tensor): Tensor => tidy(() => widen(takeOperand(table, indices)))

/** Gradient of `gatherRows`: scatter-adds each row. dy [N, C], indices [N] int32 -> [count, C]. */
export const scatterRows = kernel({ plain: plainScatterRows, wgsl: wgslScatterRows })

function plainScatterRows(dy: Tensor, indices: Tensor, count: number): Tensor {
  if (tf.getKernel('UnsortedSegmentSum', tf.getBackend())) return tf.unsortedSegmentSum(dy, indices as tf.Tensor1D, count)
  return tidy(() => tf.scatterND(tf.reshape(tf.cast(indices, 'int32'), [-1, 1]), dy, [count, ...dy.shape.slice(1)])) // an operation that wasm has
}
