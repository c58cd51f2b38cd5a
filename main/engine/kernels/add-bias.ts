import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { callKernel, hasNativeKernels } from '../backends/native-kernels.ts'
import { type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'

/** Add a bias to every row, in float32, rounded once: x [N, O], bias [O] -> [N, O]. */
export function addBias(x: Operand, bias: Tensor): Operand {
  if (!hasNativeKernels()) return plainAddBias(x, bias)
  const [y] = callKernel('LaurelAddBias', x.precision, [x.tensor, bias], {}, 1)
  return { tensor: y, precision: x.precision }
}

export const plainAddBias = (x: Operand, bias: Tensor): Operand => tidy(() => operand(tf.add(widen(x), bias), x.precision))
