import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { kernel } from '../backends/kernel-set.ts'
import { callKernel } from '../backends/native-kernels.ts'
import { type Operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { scatterRows } from './embedding.ts'
import { wgslAddInto, wgslAddRowsInto } from './wgsl/accumulate.ts'

/** `sum + x`, same shape. Consumes the float32 `sum`: the native kernel adds in place and returns the same tensor. */
export const addInto = kernel({ plain: plainAddInto, native: nativeAddInto, wgsl: wgslAddInto })

function nativeAddInto(sum: Tensor, x: Operand): Tensor {
  callKernel('LaurelAddInto', x.precision, [sum, x.tensor], {}, 0)
  return sum
}

/** Add rows to the table rows given by `indices`: rows [N, C], indices [N] int32. Consumes `table` [V, C]. */
export const addRowsInto = kernel({ plain: plainAddRowsInto, native: nativeAddRowsInto, wgsl: wgslAddRowsInto })

function nativeAddRowsInto(table: Tensor, rows: Tensor, indices: Tensor): Tensor {
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
