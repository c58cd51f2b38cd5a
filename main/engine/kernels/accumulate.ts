import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { callKernel, hasNativeKernels } from '../backends/native-kernels.ts'
import { type Operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { scatterRows } from './embedding.ts'

/** `sum + x`, same shape. Consumes the float32 `sum`: the native kernel adds in place and returns the same tensor. */
export function addInto(sum: Tensor, x: Operand): Tensor {
  if (!hasNativeKernels()) return plainAddInto(sum, x)
  callKernel('LaurelAddInto', x.precision, [sum, x.tensor], {}, 0)
  return sum
}

/** Add rows to the table rows given by `indices`: rows [N, C], indices [N] int32. Consumes `table` [V, C]. */
export function addRowsInto(table: Tensor, rows: Tensor, indices: Tensor): Tensor {
  if (!hasNativeKernels()) return plainAddRowsInto(table, rows, indices)
  callKernel('LaurelAddRows', null, [table, rows, indices], {}, 0)
  return table
}

export function plainAddInto(sum: Tensor, x: Operand): Tensor {
  const total = tidy(() => tf.add(sum, widen(x)))
  sum.dispose()
  return total
}

export function plainAddRowsInto(table: Tensor, rows: Tensor, indices: Tensor): Tensor {
  const total = tidy(() => tf.add(table, scatterRows(rows, indices, table.shape[0])))
  table.dispose()
  return total
}
